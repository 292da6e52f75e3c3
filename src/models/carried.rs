//! A model on its way to another process: the bytes of the files in its folder, without the preview.
//!
//! So that whoever receives it reads a model as ever, and nothing but the files has a format.

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::folder::{StoredModel, header_text};
use super::{FrameWeights, HEADER, WEIGHTS};

#[derive(Serialize, Deserialize)]
struct Carried {
    header: String,
    weights: Bytes,
}

/// Bytes that formats may write as such, and not number by number.
struct Bytes(Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AsBytes;
        impl<'de> Visitor<'de> for AsBytes {
            type Value = Vec<u8>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
                Ok(bytes.to_vec())
            }

            fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
                Ok(bytes)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Vec<u8>, A::Error> {
                let mut bytes = Vec::new();
                while let Some(byte) = sequence.next_element()? {
                    bytes.push(byte);
                }
                Ok(bytes)
            }
        }
        deserializer.deserialize_byte_buf(AsBytes).map(Self)
    }
}

impl Serialize for StoredModel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (dim, code_dim) = (self.frame.dim(), self.frame.code_dim());
        let bytes = match self.weights.frame(dim, code_dim) {
            // Shown in another frame than the one that was kept with it: its axes may face the other way.
            Ok(Ok(kept)) if kept != self.frame => {
                let mut weights = self.weights.as_ref().clone();
                weights.insert_frame(&self.frame);
                weights.to_safetensors()
            }
            _ => self.weights.to_safetensors(),
        };
        Carried { header: header_text(&self.header), weights: Bytes(bytes) }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for StoredModel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Carried { header, weights } = Carried::deserialize(deserializer)?;
        Self::from_parts(&header, HEADER.as_ref(), &weights.0, WEIGHTS.as_ref()).map_err(D::Error::custom)
    }
}
