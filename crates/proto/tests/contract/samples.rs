//! A small contract that keeps every rule, and the edits that break one each.

use devisa_schema::Schema;
use protox::{
    Compiler,
    file::{ChainFileResolver, DescriptorSetFileResolver, File, FileResolver},
};

use crate::rules;

const SAMPLE: &str = include_str!("sample.proto");
const PATH: &str = "devisa/sample/v1/sample.proto";

/// One file in memory.
struct Source(String);

impl FileResolver for Source {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        match name {
            PATH => File::from_source(name, &self.0),
            _ => Err(protox::Error::file_not_found(name)),
        }
    }
}

/// Compiles a proto; what it imports comes out of the checked-in descriptor set.
fn compile(source: String) -> Schema {
    let mut chain = ChainFileResolver::new();
    chain.add(Source(source));
    chain.add(DescriptorSetFileResolver::decode(devisa_proto::FILE_DESCRIPTOR_SET).unwrap());
    let mut compiler = Compiler::with_file_resolver(chain);
    compiler.include_imports(true).include_source_info(true);
    // The reasons are not imported, but named.
    compiler.open_files([PATH, "devisa/error/v1/error_reason.proto"]).unwrap();
    Schema::decode(&compiler.encode_file_descriptor_set()).unwrap()
}

fn broken(source: String) -> Vec<String> {
    let mut names: Vec<_> =
        rules::faults(&compile(source)).iter().map(|fault| fault.rule.name.to_owned()).collect();
    names.dedup();
    names
}

#[test]
fn the_sample_keeps_every_rule() {
    let faults = rules::faults(&compile(SAMPLE.to_owned()));
    let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_rule_refuses_its_bad_samples_and_no_other_rule_does() {
    let mut wrong = Vec::new();
    for rule in rules::ALL {
        assert!(!rule.bad.is_empty(), "{} has no bad sample", rule.name);
        for (find, replace) in rule.bad {
            assert_eq!(SAMPLE.matches(find).count(), 1, "{}: not once: {find:?}", rule.name);
            let refused = broken(SAMPLE.replace(find, replace));
            if refused != [rule.name] {
                wrong.push(format!("{}: {replace:?} breaks {refused:?}", rule.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
