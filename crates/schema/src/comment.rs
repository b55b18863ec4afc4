//! The comments that stand above a declaration.

use prost_reflect::{
    EnumDescriptor, EnumValueDescriptor, FieldDescriptor, FileDescriptor, MessageDescriptor,
    MethodDescriptor, OneofDescriptor, ServiceDescriptor,
};

/// What has a comment.
pub trait Commented {
    /// The comment above it, line by line as written; empty where there is none.
    fn comment(&self) -> String;
}

macro_rules! commented {
    ($($descriptor:ty: $file:expr),+ $(,)?) => {$(
        impl Commented for $descriptor {
            fn comment(&self) -> String {
                let file: fn(&$descriptor) -> FileDescriptor = $file;
                above(&file(self), self.path())
            }
        }
    )+};
}

commented! {
    ServiceDescriptor: |it| it.parent_file(),
    MethodDescriptor: |it| it.parent_service().parent_file(),
    MessageDescriptor: |it| it.parent_file(),
    FieldDescriptor: |it| it.parent_message().parent_file(),
    OneofDescriptor: |it| it.parent_message().parent_file(),
    EnumDescriptor: |it| it.parent_file(),
    EnumValueDescriptor: |it| it.parent_enum().parent_file(),
}

fn above(file: &FileDescriptor, path: &[i32]) -> String {
    let places = file.file_descriptor_proto().source_code_info.as_ref();
    let place = places.and_then(|info| info.location.iter().find(|place| place.path == path));
    let written = place.map_or("", |place| place.leading_comments());
    let lines = written.lines().map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end());
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// What a comment writes as code: `` `a` and `b` `` has `a` and `b`.
pub fn code_spans(comment: &str) -> impl Iterator<Item = &str> {
    comment.split('`').skip(1).step_by(2)
}
