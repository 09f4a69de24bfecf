//! Logarithm and exponential function with the same bits on every machine: those of the standard library are the system's own.

/// The natural logarithm.
pub(super) fn ln(value: f32) -> f32 {
    libm::logf(value)
}

/// The exponential function.
pub(super) fn exp(value: f64) -> f64 {
    libm::exp(value)
}
