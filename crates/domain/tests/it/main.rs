//! The rules, read as a specification: tables, properties, and a batch against its sequence.

mod keys;
mod laws;
mod states;
mod world;
