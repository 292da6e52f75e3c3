//! temp
use crate::models::{StoredModel, FaceModel, pca::PcaModel};
use crate::backend::*;
/// t
pub fn open_model(s: &StoredModel, _c: BackendChoice) -> Result<(Box<dyn FaceModel>, DeviceInfo), String> { 
  let m = PcaModel::<burn_flex::Flex>::new(s, Default::default()).map_err(|e| e.to_string())?;
  Ok((Box::new(m), DeviceInfo{backend:"CPU", device:"CPU".into(), threads: rayon::current_num_threads()})) }
