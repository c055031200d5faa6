//! Tokens: the smallest pieces of source text. Together they hold every byte of it.

/// A piece of the text and what it is. Tokens follow each other without gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    pub kind: TokenKind,
    /// Byte offsets.
    pub start: usize,
    pub end: usize,
}

impl Token {
    /// The token's text; `source` must be the text it was read from.
    pub fn text(self, source: &str) -> &str {
        source.get(self.start..self.end).unwrap_or("")
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TokenKind {
    /// A byte order mark at the very start.
    Bom,
    /// Spaces and tabs.
    Space,
    /// `\n` or `\r\n`, outside strings and heredocs.
    Newline,
    /// `# …` or `// …`, without the end of the line.
    LineComment,
    /// `/* … */`
    BlockComment,

    Ident,
    Number,
    OpenBrace,
    CloseBrace,
    OpenBracket,
    CloseBracket,
    OpenParen,
    CloseParen,
    Dot,
    Comma,
    Ellipsis,
    Colon,
    DoubleColon,
    Question,
    Equal,
    FatArrow,
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    EqualEqual,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    And,
    Or,
    Not,

    OpenQuote,
    CloseQuote,
    /// `<<EOT` or `<<-EOT` with the end of its line.
    OpenHeredoc,
    /// The marker that ends a heredoc, with the space around it, without the end of its line.
    CloseHeredoc,
    /// Text inside a quoted string, a heredoc (at most one line of it) or a bare template (likewise); escapes unresolved.
    Literal,
    /// `${` or `${~`
    OpenInterpolation,
    /// `%{` or `%{~`
    OpenDirective,
    /// The `}` or `~}` that ends an interpolation or a directive.
    CloseSequence,

    /// `&`, `|`, `^` or `~`: operators other languages have.
    Bitwise,
    Semicolon,
    /// A text in single or typographic quotes or backticks, or a lone such mark.
    ForeignQuote,
    /// A character the language does not use.
    Invalid,
    /// `/*` without `*/`: the rest of the text.
    UnclosedComment,
    /// The place, without width, where a line or the text ended inside a quoted string.
    MissingQuote,
    /// The end of the text, without width.
    End,
}

impl TokenKind {
    /// Whether nothing but the layout depends on it.
    pub fn is_trivia(self) -> bool {
        matches!(self, Self::Bom | Self::Space | Self::LineComment | Self::BlockComment)
    }

    /// Whether the text is wrong wherever it stands.
    pub fn is_error(self) -> bool {
        matches!(
            self,
            Self::Bitwise
                | Self::Semicolon
                | Self::ForeignQuote
                | Self::Invalid
                | Self::UnclosedComment
                | Self::MissingQuote
        )
    }
}
