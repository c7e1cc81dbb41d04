//! Tables in Markdown with aligned columns, which are readable on a terminal too.
//!
//! ```text
//! |       | per second | ×    |
//! |-------|------------|------|
//! | epoll | 297109     | 1.00 |
//! ```

use std::fmt::{self, Display};

/// A title row and the rows below it.
pub(crate) struct Table(pub(crate) Vec<Vec<String>>);

impl Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Table(rows) = self;
        let width = |column: usize| {
            rows.iter()
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..rows[0].len()).map(width).collect();
        for (n, row) in rows.iter().enumerate() {
            let cells: Vec<String> = row
                .iter()
                .zip(&widths)
                .map(|(cell, &width)| format!("{cell:<width$}"))
                .collect();
            let row = format!("| {} |", cells.join(" | "));
            if n == 0 {
                let rule: Vec<String> = widths.iter().map(|width| "-".repeat(width + 2)).collect();
                write!(f, "{row}\n|{}|", rule.join("|"))?;
            } else {
                write!(f, "\n{row}")?;
            }
        }
        Ok(())
    }
}

/// Returns a number with three significant digits, since measurements on a shared machine have no more.
pub(crate) fn number(value: Option<f64>) -> String {
    match value {
        None => "–".into(),
        Some(value) if value.abs() >= 100.0 => format!("{value:.0}"),
        Some(value) if value.abs() >= 10.0 => format!("{value:.1}"),
        Some(value) => format!("{value:.2}"),
    }
}
