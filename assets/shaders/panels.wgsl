// Draws the triangles of panels as bevy_egui's own shader does, for drivers that compute on the processor: powers take most of the
// time there, and roots and polynomials are as right to a tenth of what a screen shows.

struct Placement {
    scale: vec2<f32>,
    translation: vec2<f32>,
}
@group(0) @binding(0) var<uniform> placement: Placement;

#ifdef BINDLESS
struct Chosen {
    index: u32,
}
@group(1) @binding(0) var textures: binding_array<texture_2d<f32>>;
@group(1) @binding(1) var samplers: binding_array<sampler>;
var<immediate> chosen: Chosen;
#else
@group(1) @binding(0) var panel_texture: texture_2d<f32>;
@group(1) @binding(1) var panel_sampler: sampler;
#endif

struct Corner {
    @builtin(position) clip: vec4<f32>,
    @location(0) color: vec4<f32>,
    @location(1) uv: vec2<f32>,
}

@vertex
fn vs_main(@location(0) at: vec2<f32>, @location(1) uv: vec2<f32>, @location(2) color: vec4<f32>) -> Corner {
    return Corner(vec4<f32>(at * placement.scale + placement.translation, 0.0, 1.0), color, uv);
}

// Of 1, the square root, the fourth root and the light itself.
const ENCODE = vec4<f32>(-0.07690371, 0.83375257, 0.29810864, -0.0553168);
// Of 1 and the first to the fourth power of the value.
const DECODE = array<f32, 5>(0.00104625, 0.02840477, 0.5603683, 0.52651781, -0.11679445);

fn encoded(light: vec3<f32>) -> vec3<f32> {
    let root = sqrt(light);
    let curve = ENCODE.x + ENCODE.y * root + ENCODE.z * sqrt(root) + ENCODE.w * light;
    return select(curve, light * 12.92, light < vec3<f32>(0.0031308));
}

fn decoded(value: vec3<f32>) -> vec3<f32> {
    let curve = DECODE[0] + value * (DECODE[1] + value * (DECODE[2] + value * (DECODE[3] + value * DECODE[4])));
    return select(curve, value / 12.92, value < vec3<f32>(0.04045));
}

@fragment
fn fs_main(in: Corner) -> @location(0) vec4<f32> {
#ifdef BINDLESS
    let light = textureSample(textures[chosen.index], samplers[chosen.index], in.uv);
#else
    let light = textureSample(panel_texture, panel_sampler, in.uv);
#endif
    // Panels are coloured in values, not in light, as text is only right that way.
    return vec4<f32>(decoded(encoded(light.rgb) * in.color.rgb), light.a * in.color.a);
}
