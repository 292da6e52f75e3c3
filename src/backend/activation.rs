//! The activations that are fused into convolutions.

/// What happens to every number of a convolution's input before it is multiplied.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Activation {
    /// Nothing.
    #[default]
    Identity,
    /// x where x > 0, else slope * x.
    LeakyRelu(f32),
}

impl Activation {
    /// The factor on the negative side: 1 for the identity.
    pub fn slope(self) -> f32 {
        match self {
            Self::Identity => 1.0,
            Self::LeakyRelu(slope) => slope,
        }
    }

    /// True where nothing happens.
    pub fn is_identity(self) -> bool {
        self.slope() == 1.0
    }
}
