//! Cuts a figure's text into numbers, words and signs.
//!
//! Invariant: every token is a slice of the text, in order; punctuation that carries no meaning in
//! a figure (quotes, brackets, the end of a sentence, the `,-` of a price tag) is left out.

/// What a token is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// ASCII digits with points and commas between them.
    Number,
    /// Letters, with hyphens and apostrophes between them.
    Word,
    /// One other character, such as `$` or `±`.
    Sign,
}

/// A piece of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    /// What it is made of.
    pub(super) kind: Kind,
    /// As it stands in the text.
    pub(super) raw: &'a str,
    /// In lower case, as phrases are compared.
    pub(super) lower: String,
}

/// Cuts the text; never fails, whatever the text.
pub(super) fn tokenize(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (kind, length) = measure(first, rest);
        let (raw, after) = rest.split_at(length);
        if kind != Kind::Sign || !is_silent(first) {
            tokens.push(Token { kind, raw, lower: raw.to_lowercase() });
        }
        rest = if kind == Kind::Number { without_price_dash(after) } else { after };
    }
    tokens
}

fn measure(first: char, rest: &str) -> (Kind, usize) {
    if first.is_ascii_digit() {
        (Kind::Number, number_length(rest))
    } else if first.is_alphabetic() {
        (Kind::Word, word_length(rest))
    } else {
        (Kind::Sign, first.len_utf8())
    }
}

fn is_silent(c: char) -> bool {
    c.is_whitespace() || ".,;:!?()[]\"'“”‘’«»…*".contains(c)
}

/// A separator belongs to the number only between digits: `6.` ends a sentence.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let is_separator = |at: usize| matches!(bytes.get(at), Some(b'.' | b','));
    let mut at = 0;
    while is_digit(at) || (is_separator(at) && is_digit(at + 1)) {
        at += 1;
    }
    at
}

/// A hyphen or apostrophe belongs to the word only between letters: `kira-kira`, but `ke-12`.
fn word_length(text: &str) -> usize {
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next_is_letter = chars.peek().is_some_and(|(_, next)| next.is_alphabetic());
        let joins = matches!(c, '-' | '\'' | '’') && next_is_letter;
        // `m³` is one word; plain digits after letters (`Rp5`) start a number.
        let belongs = c.is_alphabetic() || (c.is_numeric() && !c.is_ascii_digit());
        if !(belongs || joins) {
            return at;
        }
    }
    text.len()
}

/// Price tags write `Rp5.000,-`: the dash stands for no sen.
fn without_price_dash(rest: &str) -> &str {
    rest.strip_prefix([',', '.'])
        .filter(|after| after.starts_with(['-', '–', '—']))
        .map_or(rest, |after| after.trim_start_matches(['-', '–', '—']))
}

/// Reads tokens from left to right.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'t, 'a> {
    rest: &'t [Token<'a>],
}

impl<'t, 'a> Cursor<'t, 'a> {
    /// Before the first token.
    pub(super) fn new(tokens: &'t [Token<'a>]) -> Self {
        Self { rest: tokens }
    }

    /// What has not been taken.
    pub(super) fn rest(self) -> &'t [Token<'a>] {
        self.rest
    }

    /// The next token.
    pub(super) fn peek(self) -> Option<&'t Token<'a>> {
        self.rest.first()
    }

    /// Steps over tokens.
    pub(super) fn skip(&mut self, count: usize) {
        self.rest = self.rest.get(count..).unwrap_or_default();
    }

    /// Takes the longest of the phrases that stands next, and answers what it means.
    pub(super) fn take_phrase<T: Copy>(&mut self, phrases: &[(&[&str], T)]) -> Option<T> {
        let (words, meaning) = phrases
            .iter()
            .filter(|(words, _)| self.stands_next(words))
            .max_by_key(|(words, _)| words.len())?;
        self.skip(words.len());
        Some(*meaning)
    }

    /// Takes one word when it stands next.
    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let next = self.stands_next(&[word]);
        if next {
            self.skip(1);
        }
        next
    }

    fn stands_next(self, words: &[&str]) -> bool {
        self.rest.len() >= words.len()
            && words.iter().zip(self.rest).all(|(word, token)| token.lower == *word)
    }
}
