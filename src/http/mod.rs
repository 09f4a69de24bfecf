//! Everything that speaks HTTP: pages, their files and their texts.

pub mod assets;
pub mod demo_page;
pub mod desk;
pub mod texts;
