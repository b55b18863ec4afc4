//! From YAML events to the tree.

use std::sync::Arc;

use serde_saphyr::granit_parser::{Event, Marker, Parser, ScalarStyle, Span, options};

use super::{Content, Entry, Node, Place, Problem};

/// Reads one YAML document; `file` is how the places in it are told.
pub(crate) fn parse(file: &str, text: &str) -> Result<Node, Problem> {
    let mut builder = Builder { file: file.into(), open: Vec::new(), root: None };
    let options = options! { emit_comments: false };
    for event in Parser::new_from_str_with_options(text, options) {
        match event {
            Ok((event, span)) => builder.take(event, span)?,
            Err(error) => {
                return Err(Problem {
                    place: builder.place(*error.marker()),
                    message: error.info(),
                });
            }
        }
    }
    let start = builder.at(1, 1);
    builder.root.ok_or(Problem { place: start, message: "the file is empty".to_owned() })
}

struct Builder {
    file: Arc<str>,
    open: Vec<Open>,
    root: Option<Node>,
}

/// A collection whose end has not come yet.
enum Open {
    List { place: Place, items: Vec<Node> },
    Map { place: Place, entries: Vec<Entry>, key: Option<(String, Place)> },
}

impl Builder {
    fn at(&self, line: usize, column: usize) -> Place {
        Place { file: self.file.clone(), line, column }
    }

    fn place(&self, marker: Marker) -> Place {
        self.at(marker.line(), marker.col() + 1)
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Problem> {
        let place = self.place(span.start);
        let refuse = |message: &str| Err(Problem { place: place.clone(), message: message.into() });
        match event {
            Event::Alias(_) => refuse("aliases (*name) are not accepted: write the value out"),
            Event::Scalar(_, _, anchor, _)
            | Event::SequenceStart(_, anchor, _)
            | Event::MappingStart(_, anchor, _)
                if anchor != 0 =>
            {
                refuse("anchors (&name) are not accepted: write the value out")
            }
            Event::Scalar(_, _, _, Some(_))
            | Event::SequenceStart(_, _, Some(_))
            | Event::MappingStart(_, _, Some(_)) => refuse("tags (!name) are not accepted"),
            Event::DocumentStart(..) if self.root.is_some() => {
                refuse("a second document is not accepted: one file, one document")
            }
            Event::Scalar(text, style, ..) => {
                let plain = matches!(style, ScalarStyle::Plain);
                let content = Content::Scalar { text: text.into_owned(), plain };
                self.put(Node { place, content })
            }
            Event::SequenceStart(..) => {
                self.open.push(Open::List { place, items: Vec::new() });
                Ok(())
            }
            Event::MappingStart(..) => {
                self.open.push(Open::Map { place, entries: Vec::new(), key: None });
                Ok(())
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            _ => Ok(()),
        }
    }

    fn close(&mut self) -> Result<(), Problem> {
        match self.open.pop() {
            Some(Open::List { place, items }) => {
                self.put(Node { place, content: Content::List(items) })
            }
            Some(Open::Map { place, entries, .. }) => {
                self.put(Node { place, content: Content::Map(entries) })
            }
            None => Ok(()),
        }
    }

    /// Puts a finished node where it belongs: a key, a value, an item or the root.
    fn put(&mut self, node: Node) -> Result<(), Problem> {
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Map { entries, key, .. }) => match key.take() {
                Some((key, place)) => entries.push(Entry { key, place, value: node }),
                None => *key = Some(new_key(entries, node)?),
            },
        }
        Ok(())
    }
}

fn new_key(entries: &[Entry], node: Node) -> Result<(String, Place), Problem> {
    let key = node.text().map_err(|_| node.problem("a key must be a single value"))?;
    if let Some(first) = entries.iter().find(|entry| entry.key == key) {
        return Err(node.problem(format!("{key} stands here twice, first at {}", first.place)));
    }
    Ok((key.to_owned(), node.place))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        parse("a.yaml", text).unwrap_err().to_string()
    }

    #[test]
    fn scalars_keep_their_text_and_place() {
        let root = parse("a.yaml", "# why\nitems:\n  - {net_kg: 12.50, hs_code: 0901, on: on}\n");
        let root = root.unwrap();
        let item = &root.get("items").unwrap().list().unwrap()[0];
        let text = |key| item.get(key).unwrap().text().unwrap();
        assert_eq!((text("net_kg"), text("hs_code"), text("on")), ("12.50", "0901", "on"));
        assert_eq!(item.get("hs_code").unwrap().place.to_string(), "a.yaml:3:30");
    }

    #[test]
    fn quotes_tell_text_from_nothing() {
        let root = parse("a.yaml", "a: \"null\"\nb: null\nc:\nd: \"true\"\n").unwrap();
        assert_eq!(root.get("a").unwrap().text().unwrap(), "null");
        assert!(root.get("b").unwrap().is_null());
        assert!(root.get("c").unwrap().is_null());
        assert!(root.get("d").unwrap().boolean().is_err());
    }

    #[test]
    fn a_duplicate_key_is_refused_where_it_stands() {
        assert_eq!(
            refused("a:\n  b: 1\n  c: 2\n  b: 3\n"),
            "a.yaml:4:3: b stands here twice, first at a.yaml:2:3"
        );
    }

    #[test]
    fn what_could_be_overlooked_is_refused() {
        assert!(refused("a: &x 1\n").contains("a.yaml:1:7: anchors"));
        assert!(refused("a: 1\nb: !t 2\n").contains("a.yaml:2:7: tags"));
        assert!(refused("a: 1\n---\nb: 2\n").contains("a.yaml:2:1: a second document"));
        assert!(refused("a:\n\t- 1\n").starts_with("a.yaml:2:"));
        assert!(refused("a: *x\n").starts_with("a.yaml:1:"));
        assert!(refused("? [a]\n: 1\n").contains("a key must be a single value"));
        assert_eq!(refused(""), "a.yaml:1:1: the file is empty");
    }

    #[test]
    fn many_comments_are_read_over() {
        let text = format!("{}a: 1\n{}", "# c\n".repeat(500), "# d\n".repeat(500));
        assert_eq!(parse("a.yaml", &text).unwrap().get("a").unwrap().text().unwrap(), "1");
    }

    #[test]
    fn a_path_finds_the_nearest_node() {
        let root = parse("a.yaml", "lines:\n  - a: 1\n  - value: 2\n").unwrap();
        assert_eq!(root.nearest("lines[1].value").place.to_string(), "a.yaml:3:12");
        assert_eq!(root.nearest("lines[1].hs_code").place.to_string(), "a.yaml:3:5");
        assert_eq!(root.nearest("units").place.to_string(), "a.yaml:1:1");
    }
}
