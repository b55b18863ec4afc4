//! The contract as data: the protos' descriptors with their comments and annotations.
//!
//! Purpose: what reads the contract (its linter, its documentation, the tests of its promises)
//! reads it here, alike. Invariant: only what is in a descriptor set; it must never know of the
//! generated code, so that a developer command can regenerate code that does not compile.

mod annotation;
mod comment;
mod effect;

pub use annotation::{Http, Resource};
pub use comment::{Commented, code_spans};
pub use effect::{Effect, READING_VERBS, effect, verb};
pub use prost_reflect;
use prost_reflect::{
    DescriptorError, DescriptorPool, EnumDescriptor, FieldDescriptor, FileDescriptor,
    MessageDescriptor, MethodDescriptor, ServiceDescriptor,
};

/// The package under which all of Devisa's own are.
const OURS: &str = "devisa.";

/// A descriptor set. What it lists is Devisa's own, never what is imported.
#[derive(Clone, Debug)]
pub struct Schema {
    pool: DescriptorPool,
}

impl Schema {
    /// Reads an encoded descriptor set with its imports.
    ///
    /// # Errors
    /// When it is none, or lacks an import.
    pub fn decode(encoded: &[u8]) -> Result<Self, DescriptorError> {
        DescriptorPool::decode(encoded).map(|pool| Self { pool })
    }

    /// The files, by path.
    pub fn files(&self) -> Vec<FileDescriptor> {
        let mut files: Vec<_> =
            self.pool.files().filter(|file| file.package_name().starts_with(OURS)).collect();
        files.sort_by(|a, b| a.name().cmp(b.name()));
        files
    }

    /// The services.
    pub fn services(&self) -> Vec<ServiceDescriptor> {
        self.files().iter().flat_map(|file| file.services().collect::<Vec<_>>()).collect()
    }

    /// The methods of all services.
    pub fn methods(&self) -> Vec<MethodDescriptor> {
        self.services().iter().flat_map(|service| service.methods().collect::<Vec<_>>()).collect()
    }

    /// The messages, nested ones after those they stand in.
    pub fn messages(&self) -> Vec<MessageDescriptor> {
        let mut messages = Vec::new();
        for file in self.files() {
            file.messages().for_each(|message| with_nested(message, &mut messages));
        }
        messages
    }

    /// The fields of all messages.
    pub fn fields(&self) -> Vec<FieldDescriptor> {
        self.messages().iter().flat_map(|message| message.fields().collect::<Vec<_>>()).collect()
    }

    /// The enums, nested ones included.
    pub fn enums(&self) -> Vec<EnumDescriptor> {
        let top = self.files().into_iter().flat_map(|file| file.enums().collect::<Vec<_>>());
        let nested =
            self.messages().into_iter().flat_map(|each| each.child_enums().collect::<Vec<_>>());
        top.chain(nested).collect()
    }

    /// An enum by its full name.
    pub fn enumeration(&self, full_name: &str) -> Option<EnumDescriptor> {
        self.pool.get_enum_by_name(full_name)
    }

    /// A message by its full name.
    pub fn message(&self, full_name: &str) -> Option<MessageDescriptor> {
        self.pool.get_message_by_name(full_name)
    }
}

fn with_nested(message: MessageDescriptor, into: &mut Vec<MessageDescriptor>) {
    if message.is_map_entry() {
        return;
    }
    into.push(message.clone());
    message.child_messages().for_each(|nested| with_nested(nested, into));
}
