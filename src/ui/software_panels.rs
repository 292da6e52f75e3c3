//! How a software driver draws panels: with a shader that is as right, and takes a fraction of the time.
//!
//! Owns where that shader stands in for `bevy_egui`'s. What panels look like is decided elsewhere; this draws them the same.

use bevy::prelude::*;
use bevy::render::renderer::RenderAdapterInfo;
use bevy::shader::Shader;
use bevy_egui::render::EGUI_SHADER_HANDLE;
use wgpu::DeviceType;

const SOURCE: &str = include_str!("../../assets/shaders/panels.wgsl");

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Startup, stand_in.run_if(resource_exists::<RenderAdapterInfo>));
}

fn stand_in(adapter: Res<RenderAdapterInfo>, mut shaders: ResMut<Assets<Shader>>) -> Result {
    if adapter.device_type == DeviceType::Cpu {
        shaders.insert(EGUI_SHADER_HANDLE.id(), Shader::from_wgsl(SOURCE, "shaders/panels.wgsl"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers of a constant of the shader.
    fn constant(name: &str) -> Vec<f32> {
        let line = SOURCE.lines().find(|line| line.starts_with(&format!("const {name} "))).unwrap();
        let numbers = line.rsplit('(').next().unwrap().trim_end_matches(");");
        numbers.split(',').map(|number| number.trim().parse().unwrap()).collect()
    }

    #[test]
    fn colours_are_right_to_a_tenth_of_a_value_of_255() {
        let (encode, decode) = (constant("ENCODE"), constant("DECODE"));
        let in_light = |value: f32| if value < 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) };
        let as_value = |light: f32| if light < 0.0031308 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
        for value in (0..=2550).map(|step| step as f32 / 2550.0) {
            let light = in_light(value);
            let encoded = if light < 0.0031308 {
                light * 12.92
            } else {
                encode[0] + encode[1] * light.sqrt() + encode[2] * light.sqrt().sqrt() + encode[3] * light
            };
            assert!((encoded - value).abs() * 255.0 < 0.1, "encoded {value}: {encoded}");
            let decoded = if value < 0.04045 { value / 12.92 } else { decode.iter().rev().fold(0.0, |sum, factor| sum * value + factor) };
            assert!((as_value(decoded) - value).abs() * 255.0 < 0.1, "decoded {value}: {decoded}");
        }
    }
}
