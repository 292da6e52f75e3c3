//! Which cells are outlined.

use bevy::prelude::Resource;

use crate::latent::CellCoord;

/// Which cells are outlined, and how strongly.
#[derive(Clone, Copy, Debug, Default, Resource)]
pub struct PickingMarks {
    /// Faintly.
    pub hovered: Option<CellCoord>,
    /// Strongly.
    pub selected: Option<CellCoord>,
}

impl PickingMarks {
    /// Strength of a cell's outline, 0 to 1.
    pub fn outline_of(&self, cell: CellCoord) -> f32 {
        if self.selected == Some(cell) {
            1.0
        } else if self.hovered == Some(cell) {
            0.6
        } else {
            0.0
        }
    }
}
