//! The syntax of a program: a flat list of clauses, as REXX itself sees it (SC24-5770 chapter 2).
//! Blocks are not nested here; the compiler matches them, because an unmatched one is an error only
//! when it is reached.

use super::{Error, Keep, Value};

/// The number of a simple variable in the table of names.
pub type VarId = u32;
/// The number of a stem in the table of names.
pub type StemId = u32;

/// One clause.
#[derive(Debug)]
pub struct Clause {
    /// Its line, from 1.
    pub line: u32,
    /// Where its text starts in the source.
    pub start: u32,
    /// Where its text ends.
    pub end: u32,
    /// What it does.
    pub kind: Kind,
}

/// What a clause does.
#[derive(Debug)]
pub enum Kind {
    Address(Box<Address>),
    Assign(Target, Expr),
    Call(Box<Call>),
    Command(Expr),
    Do(Box<Do>),
    Drop(Vec<Named>),
    Else,
    End(Option<Vec<u8>>),
    /// A clause in error: raised when it is reached.
    Error(Error),
    Exit(Option<Expr>),
    If(Expr),
    Interpret(Expr),
    Iterate(Option<Vec<u8>>),
    Label(Vec<u8>),
    Leave(Option<Vec<u8>>),
    Nop,
    Numeric(Numeric),
    Options(Expr),
    Otherwise,
    Parse(Box<Parse>),
    Procedure(Vec<Named>),
    Push(Option<Expr>),
    Queue(Option<Expr>),
    Return(Option<Expr>),
    Say(Option<Expr>),
    Select,
    Signal(Vec<u8>),
    SignalValue(Expr),
    Then,
    Trace(Trace),
    Trap(Trap),
    Upper(Vec<Target>),
    When(Expr),
}

/// A variable that something is assigned to.
#[derive(Debug, Clone)]
pub enum Target {
    Simple(VarId),
    Stem(StemId),
    Compound(StemId, Vec<Part>),
}

/// A part of a compound variable's tail; parts are joined by periods.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Part {
    Var(VarId),
    Text(Vec<u8>),
}

/// A name in DROP, PROCEDURE EXPOSE or UPPER: a variable, or one in parentheses that lists names.
#[derive(Debug, Clone)]
pub enum Named {
    Direct(Target),
    Indirect(Target),
}

/// An expression.
#[derive(Debug)]
pub enum Expr {
    Const(Value),
    /// A number of an INTERPRET text whose code serves other numbers too.
    Param(u32),
    Var(VarId),
    Stem(StemId),
    Compound(StemId, Vec<Part>),
    Prefix(Prefix, Box<Expr>),
    Binary(Op, Box<Expr>, Box<Expr>),
    /// Two or more operands joined in order.
    Concat(Vec<(Glue, Expr)>),
    Call(Box<FunctionCall>),
}

/// How an operand of a concatenation joins what stands before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glue {
    /// Nothing between: abuttal or `||`.
    Abut,
    /// One blank between.
    Blank,
}

/// A function call, or the routine and arguments of CALL.
#[derive(Debug)]
pub struct FunctionCall {
    pub name: Vec<u8>,
    pub quoted: bool,
    pub args: Vec<Option<Expr>>,
}

/// Prefix operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefix {
    Plus,
    Minus,
    Not,
}

/// Infix operators other than concatenation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Op {
    Add,
    Sub,
    Mul,
    Div,
    IntDiv,
    Rem,
    Power,
    Eq,
    Ne,
    Gt,
    Lt,
    Ge,
    Le,
    StrictEq,
    StrictNe,
    StrictGt,
    StrictLt,
    StrictGe,
    StrictLe,
    And,
    Or,
    Xor,
}

impl Op {
    /// The operator as it is written, for messages and trace.
    pub fn text(self) -> &'static str {
        match self {
            Op::Add => "+",
            Op::Sub => "-",
            Op::Mul => "*",
            Op::Div => "/",
            Op::IntDiv => "%",
            Op::Rem => "//",
            Op::Power => "**",
            Op::Eq => "=",
            Op::Ne => "\\=",
            Op::Gt => ">",
            Op::Lt => "<",
            Op::Ge => ">=",
            Op::Le => "<=",
            Op::StrictEq => "==",
            Op::StrictNe => "\\==",
            Op::StrictGt => ">>",
            Op::StrictLt => "<<",
            Op::StrictGe => ">>=",
            Op::StrictLe => "<<=",
            Op::And => "&",
            Op::Or => "|",
            Op::Xor => "&&",
        }
    }

    /// Whether this compares.
    pub fn is_comparison(self) -> bool {
        (Op::Eq as u8..=Op::StrictLe as u8).contains(&(self as u8))
    }
}

/// A DO clause.
#[derive(Debug, Default)]
pub struct Do {
    /// The control variable with its first value.
    pub control: Option<(Target, Expr)>,
    /// The control variable's name as END, LEAVE and ITERATE give it.
    pub name: Vec<u8>,
    /// TO, BY, FOR and the plain count, in the order they were written.
    pub limits: Vec<(Limit, Expr)>,
    /// WHILE or UNTIL.
    pub condition: Option<(Until, Expr)>,
    /// FOREVER was written.
    pub forever: bool,
}

/// What bounds a DO.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    To,
    By,
    For,
    /// `DO n`.
    Count,
}

/// Which condition a DO has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    While,
    Until,
}

/// An ADDRESS clause.
#[derive(Debug)]
pub enum Address {
    /// Swaps with the environment before.
    Swap,
    /// Sets an environment for good.
    Set(Expr, Option<Connection>),
    /// One command for an environment.
    Once(Expr, Expr, Option<Connection>),
}

/// The redirections of ADDRESS WITH; what is not named is as usual.
#[derive(Debug, Default)]
pub struct Connection {
    pub input: Option<Io>,
    pub output: Option<Io>,
    pub error: Option<Io>,
}

/// Where a command's input comes from or its output goes.
#[derive(Debug)]
pub enum Io {
    Normal,
    Stream(Keep, Expr),
    Stem(Keep, StemId),
}

/// A CALL clause.
#[derive(Debug)]
pub enum Call {
    /// A routine by its name.
    Routine(FunctionCall),
    /// `CALL (expression)`: the name is computed.
    Computed(Expr, Vec<Option<Expr>>),
}

/// SIGNAL ON/OFF and CALL ON/OFF.
#[derive(Debug, Clone)]
pub struct Trap {
    pub condition: Condition,
    /// Whether the trap calls or signals.
    pub by: TrapKind,
    /// The label; `None` switches the trap off.
    pub label: Option<Vec<u8>>,
}

/// What a trap does when it fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrapKind {
    Call,
    Signal,
}

/// The conditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Condition {
    Error,
    Failure,
    Halt,
    LostDigits,
    NotReady,
    NoValue,
    Syntax,
}

impl Condition {
    /// All of them, by number.
    pub const ALL: [(Condition, &'static str); 7] = [
        (Condition::Error, "ERROR"),
        (Condition::Failure, "FAILURE"),
        (Condition::Halt, "HALT"),
        (Condition::LostDigits, "LOSTDIGITS"),
        (Condition::NotReady, "NOTREADY"),
        (Condition::NoValue, "NOVALUE"),
        (Condition::Syntax, "SYNTAX"),
    ];

    /// The name.
    pub fn name(self) -> &'static str {
        Condition::ALL[self as usize].1
    }
}

/// A NUMERIC clause.
#[derive(Debug)]
pub enum Numeric {
    Digits(Option<Expr>),
    Fuzz(Option<Expr>),
    Scientific,
    Engineering,
    Form(Expr),
}

/// A TRACE clause.
#[derive(Debug)]
pub enum Trace {
    Setting(Vec<u8>),
    Value(Expr),
}

/// A PARSE, ARG or PULL clause.
#[derive(Debug)]
pub struct Parse {
    pub fold: Fold,
    pub caseless: bool,
    pub source: ParseSource,
    /// One template, or for ARG one for each argument; an empty one assigns nothing.
    pub templates: Vec<Template>,
}

/// What is done to the text before it is parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fold {
    #[default]
    None,
    Upper,
    Lower,
}

/// Where PARSE takes its text.
#[derive(Debug)]
pub enum ParseSource {
    Arg,
    External,
    Linein,
    Numeric,
    Pull,
    Source,
    Value(Option<Expr>),
    Var(Target),
    Version,
}

/// A template: targets, each up to the pattern that ends it.
#[derive(Debug, Default)]
pub struct Template {
    pub steps: Vec<Step>,
}

/// The variables up to a pattern, and the pattern; the last step has [`Pattern::End`].
#[derive(Debug)]
pub struct Step {
    /// `None` is a period.
    pub targets: Vec<Option<Target>>,
    pub pattern: Pattern,
}

/// A pattern of a template.
#[derive(Debug)]
pub enum Pattern {
    End,
    Text(Vec<u8>),
    /// `(variable)`.
    Variable(Target),
    /// An absolute column, from 1.
    At(Place),
    /// Forward or backward from where the last pattern matched.
    Plus(Place),
    Minus(Place),
}

/// A column or distance.
#[derive(Debug)]
pub enum Place {
    Number(i64),
    Variable(Target),
}
