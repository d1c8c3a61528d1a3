#![no_std]
extern crate alloc;
pub mod chat;
pub mod wire;
