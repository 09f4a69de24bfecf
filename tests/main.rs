//! The one test binary: everything that needs more than one module, or the world.

mod store_crash;
mod tidy;
