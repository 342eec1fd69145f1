//! The summary of a network: every layer with its output shape, parameters, work and memory.

use std::fmt::{Display, Formatter};

use serde::{Deserialize, Serialize};

use crate::Size;

/// A table of layers, printed as Keras prints it.
///
/// Where sequences may have any number of steps, T, work and memory are those of one step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Shape of the input without the batch.
    pub input_shape: Vec<Size>,
    /// Shape of the output without the batch.
    pub output_shape: Vec<Size>,
    /// The layers; those inside a residual or branches follow it.
    pub rows: Vec<SummaryRow>,
}

/// One layer of a network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SummaryRow {
    /// Position numbers and kinds from the outermost list inwards, `2.residual.0.conv2d`.
    pub place: String,
    /// The name, where it has one.
    pub name: Option<String>,
    /// Kind of layer, as files name it.
    pub kind: String,
    /// 0 in the network's own list, 1 inside a residual or branches, and so on.
    pub depth: usize,
    /// Shape of the output without the batch.
    pub output_shape: Vec<Size>,
    /// Parameters of the layer itself that training changes.
    pub trainable_parameters: u64,
    /// Parameters of the layer itself that training does not change: running statistics.
    pub non_trainable_parameters: u64,
    /// Multiplications with an addition that one sample takes in the layer itself, forward.
    pub multiply_adds: u64,
    /// Memory of the output of one sample in bytes (f32).
    pub activation_bytes: u64,
}

impl SummaryRow {
    /// The name, or the place where there is none.
    pub fn label(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.place)
    }

    /// All parameters of the layer itself.
    pub fn parameters(&self) -> u64 {
        self.trainable_parameters + self.non_trainable_parameters
    }
}

impl Summary {
    /// All parameters, running statistics included, as Keras counts them.
    pub fn total_parameters(&self) -> u64 {
        self.rows.iter().map(SummaryRow::parameters).sum()
    }

    /// Parameters that training changes.
    pub fn trainable_parameters(&self) -> u64 {
        self.rows.iter().map(|row| row.trainable_parameters).sum()
    }

    /// Parameters that training does not change.
    pub fn non_trainable_parameters(&self) -> u64 {
        self.rows.iter().map(|row| row.non_trainable_parameters).sum()
    }

    /// Multiplications with an addition of one sample's forward pass.
    pub fn multiply_adds(&self) -> u64 {
        self.rows.iter().fold(0, |sum, row| sum.saturating_add(row.multiply_adds))
    }

    /// Memory of all outputs of one sample in bytes (f32): what training keeps for the backward pass.
    pub fn activation_bytes(&self) -> u64 {
        self.rows.iter().fold(0, |sum, row| sum.saturating_add(row.activation_bytes))
    }
}

const HEADINGS: [&str; 5] = ["Layer (type)", "Output shape", "Parameters", "Multiply-adds", "Memory"];

impl Display for Summary {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let rows: Vec<[String; 5]> = self.rows.iter().map(cells).collect();
        let headings = HEADINGS.map(str::to_owned);
        let mut widths = [0; 5];
        for row in rows.iter().chain([&headings]) {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        rule(f, ["┏", "━", "┳", "┓"], &widths)?;
        line(f, "┃", &headings, &widths)?;
        rule(f, ["┡", "━", "╇", "┩"], &widths)?;
        for row in &rows {
            line(f, "│", row, &widths)?;
        }
        rule(f, ["└", "─", "┴", "┘"], &widths)?;
        self.totals(f)
    }
}

impl Summary {
    fn totals(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        for (name, parameters) in [
            ("Total", self.total_parameters()),
            ("Trainable", self.trainable_parameters()),
            ("Non-trainable", self.non_trainable_parameters()),
        ] {
            writeln!(f, " {name} parameters: {} ({})", grouped(parameters), memory(parameters * 4))?;
        }
        let per = match self.rows.iter().any(|row| row.output_shape.contains(&Size::Steps)) {
            true => "sample of one step",
            false => "sample",
        };
        writeln!(f, " Multiply-adds: {} per {per}", grouped(self.multiply_adds()))?;
        write!(f, " Activation memory: {} per {per}", memory(self.activation_bytes()))
    }
}

fn cells(row: &SummaryRow) -> [String; 5] {
    let indent = "  ".repeat(row.depth);
    let layer = match &row.name {
        Some(name) => format!("{indent}{name} ({})", row.kind),
        None => format!("{indent}{}", row.place),
    };
    let sizes: Vec<String> = row.output_shape.iter().map(ToString::to_string).collect();
    [
        layer,
        format!("[B, {}]", sizes.join(", ")),
        grouped(row.parameters()),
        grouped(row.multiply_adds),
        memory(row.activation_bytes),
    ]
}

fn rule(f: &mut Formatter<'_>, [left, dash, between, right]: [&str; 4], widths: &[usize; 5]) -> std::fmt::Result {
    let dashes = widths.map(|width| dash.repeat(width + 2));
    writeln!(f, "{left}{}{right}", dashes.join(between))
}

fn line(f: &mut Formatter<'_>, bar: &str, cells: &[String; 5], widths: &[usize; 5]) -> std::fmt::Result {
    for (column, (cell, &width)) in cells.iter().zip(widths).enumerate() {
        match column {
            0 | 1 => write!(f, "{bar} {cell:<width$} ")?,
            _ => write!(f, "{bar} {cell:>width$} ")?,
        }
    }
    writeln!(f, "{bar}")
}

/// 34826 as `34,826`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}

/// Bytes in B, KiB, MiB or GiB.
fn memory(bytes: u64) -> String {
    let mut amount = bytes as f64;
    for unit in ["B", "KiB", "MiB"] {
        if amount < 1024.0 {
            return match unit {
                "B" => format!("{bytes} B"),
                _ => format!("{amount:.2} {unit}"),
            };
        }
        amount /= 1024.0;
    }
    format!("{amount:.2} GiB")
}

#[cfg(test)]
mod tests;
