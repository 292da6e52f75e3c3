//! The newest model of a training, on its way from one thread to another.

use std::sync::{Arc, Mutex, PoisonError};

use crate::models::StoredModel;

/// Holds the newest model: a later one takes the place of one that nobody has looked at.
#[derive(Clone, Debug, Default)]
pub struct NewestModel(Arc<Mutex<Option<Box<StoredModel>>>>);

impl NewestModel {
    /// Puts a model there.
    pub fn put(&self, model: Box<StoredModel>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(model);
    }

    /// The model, where nobody has taken it yet.
    pub fn take(&self) -> Option<Box<StoredModel>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
