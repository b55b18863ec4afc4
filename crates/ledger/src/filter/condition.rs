//! What a filter asks of a row: as a condition in SQL, and of what a row holds, in memory.

use sea_orm::{
    Condition,
    sea_query::{Alias, Expr, ExprTrait, Func},
};

use super::{
    Clause, Comparison, Field, Filter,
    field::{Kind, Operator},
};

impl Filter {
    /// The filter as a condition on columns.
    pub fn condition(&self) -> Condition {
        self.clauses.iter().fold(Condition::all(), |all, clause| all.add(clause.condition()))
    }

    /// Whether the filter holds of a row whose columns are these, each as text.
    pub fn holds<'a>(&self, column: impl Fn(&str) -> &'a str) -> bool {
        self.clauses.iter().all(|clause| clause.holds(&column))
    }
}

impl Clause {
    fn condition(&self) -> Condition {
        let comparisons = self.alternatives.iter();
        comparisons
            .fold(Condition::any(), |any, comparison| any.add(comparison.condition(&self.field)))
    }

    fn holds<'a>(&self, column: impl Fn(&str) -> &'a str) -> bool {
        let stored = column(self.field.column);
        self.alternatives.iter().any(|comparison| match self.field.kind {
            Kind::Days { last } => {
                let day = comparison.value.as_str();
                comparison.agrees((stored..=column(last)).contains(&day))
            }
            _ => comparison.holds(&self.field, stored),
        })
    }
}

impl Comparison {
    fn condition(&self, field: &Field) -> Condition {
        let column = || Expr::col(Alias::new(field.column));
        let value = self.value.as_str();
        let one = |expression| Condition::all().add(expression);
        let matching = match field.kind {
            Kind::Time => return one(compared(column(), self.operator, self.micros())),
            Kind::Text(_) | Kind::Reference(_) | Kind::Ordered(_) | Kind::Enumeration { .. } => {
                return one(compared(column(), self.operator, value));
            }
            // Codes are digits in groups: whatever starts with the prefix and a dot sorts between
            // the prefix with `.` and the prefix with `/`, the next character.
            Kind::Region => Condition::any().add(column().eq(value)).add(
                Condition::all()
                    .add(column().gt(format!("{value}.")))
                    .add(column().lt(format!("{value}/"))),
            ),
            // Not LIKE: on SQLite it takes `a` for `A`.
            Kind::Set(_) => {
                let member = Expr::val(format!("|{value}|"));
                one(Expr::from(Func::cust(Alias::new("REPLACE")).args([
                    column(),
                    member,
                    Expr::val(""),
                ]))
                .ne(column()))
            }
            Kind::Days { last } => {
                one(column().lte(value)).add(Expr::col(Alias::new(last)).gte(value))
            }
        };
        if self.operator == Operator::NotEqual { matching.not() } else { matching }
    }

    fn holds(&self, field: &Field, stored: &str) -> bool {
        let value = self.value.as_str();
        match field.kind {
            Kind::Time => holds(&stored.parse().unwrap_or_default(), self.operator, &self.micros()),
            Kind::Text(_) | Kind::Reference(_) | Kind::Ordered(_) | Kind::Enumeration { .. } => {
                holds(&stored, self.operator, &value)
            }
            Kind::Region => self.agrees(
                stored
                    .strip_prefix(value)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.')),
            ),
            Kind::Set(_) => self.agrees(stored.contains(&format!("|{value}|"))),
            Kind::Days { .. } => unreachable!("a period is compared with both of its columns"),
        }
    }

    /// Whether what was found is what `=` or `!=` asks for.
    fn agrees(&self, found: bool) -> bool {
        found == (self.operator != Operator::NotEqual)
    }

    fn micros(&self) -> i64 {
        let micros = self.value.parse();
        micros.unwrap_or_else(|_| unreachable!("an instant was normalised to microseconds"))
    }
}

fn compared(column: Expr, operator: Operator, value: impl Into<sea_orm::Value>) -> Expr {
    let value = value.into();
    match operator {
        Operator::Equal => column.eq(value),
        Operator::NotEqual => column.ne(value),
        Operator::Less => column.lt(value),
        Operator::LessOrEqual => column.lte(value),
        Operator::Greater => column.gt(value),
        Operator::GreaterOrEqual => column.gte(value),
    }
}

fn holds<T: Ord>(stored: &T, operator: Operator, value: &T) -> bool {
    match operator {
        Operator::Equal => stored == value,
        Operator::NotEqual => stored != value,
        Operator::Less => stored < value,
        Operator::LessOrEqual => stored <= value,
        Operator::Greater => stored > value,
        Operator::GreaterOrEqual => stored >= value,
    }
}
