//! The texts of the sample journeys that are part of the program.
//!
//! Owns their names; what they mean is read elsewhere.

/// Names and texts.
pub const SAMPLES: [(&str, &str); 4] = [
    ("first-axes", include_str!("../../assets/journeys/first-axes.ron")),
    ("flight", include_str!("../../assets/journeys/flight.ron")),
    ("portraits", include_str!("../../assets/journeys/portraits.ron")),
    ("growth", include_str!("../../assets/journeys/growth.ron")),
];
