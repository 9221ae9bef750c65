//! JSON, as much of it as this Worker speaks. Pure.
//!
//! A library that reads and writes whatever a type asks for is half of the artefact: it is compiled
//! once for every type, and it knows how to read and print fractions. Nothing here has a fraction.
//! So a document is read into one tree (`read`, by core's scanner), from which each type takes its
//! fields by name, and written field by field (`write`).

mod read;
mod write;

pub(crate) use read::{Json, plain};
pub(crate) use write::{List, Map, shown};
