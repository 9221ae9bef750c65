#![no_std]
//! domain
