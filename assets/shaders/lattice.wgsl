// Tiles of the lattice as screen-parallel billboards, and the background behind them.
// One draw call: each instance is a tile; up to four texture-array pages are bound at once.

struct View {
    view_from_world: mat4x4<f32>,
    clip_from_view: mat4x4<f32>,
    // xyz: eye in cells; w: pixels that one cell covers at distance 1.
    eye: vec4<f32>,
    // xy: size of the picture in pixels; z: pixels of a tile's texture; w: layers of one page.
    screen: vec4<f32>,
    // Linear RGB. w: the largest share of fog.
    fog: vec4<f32>,
    background_middle: vec4<f32>,
    background_rim: vec4<f32>,
    accent: vec4<f32>,
    // x: half width of a tile in cells; y: corner radius as a share of the half width; z: near end, w: near start of visibility.
    tile: vec4<f32>,
    // x: start, y: end, z: exponent of the far fade.
    far: vec4<f32>,
}

@group(0) @binding(0) var<uniform> view: View;
@group(0) @binding(1) var page_0: texture_2d_array<f32>;
@group(0) @binding(2) var page_1: texture_2d_array<f32>;
@group(0) @binding(3) var page_2: texture_2d_array<f32>;
@group(0) @binding(4) var page_3: texture_2d_array<f32>;
@group(0) @binding(5) var face_sampler: sampler;

struct TileVertex {
    @builtin(position) position: vec4<f32>,
    // In half widths: the tile spans -1 to 1.
    @location(0) local: vec2<f32>,
    @location(1) @interpolate(flat) layers: vec2<u32>,
    // x: alpha; y: share of fog; z: level of detail; w: share of the new layer.
    @location(2) @interpolate(flat) shade: vec4<f32>,
    // x: pixels of half a width; y: strength of the outline; z: 1 where it is selected rather than pointed at.
    @location(3) @interpolate(flat) edge: vec4<f32>,
}

@vertex
fn tile_vertex(
    @builtin(vertex_index) vertex: u32,
    @location(0) centre: vec3<f32>,
    @location(1) appear: f32,
    @location(2) layers: vec2<u32>,
    @location(3) blend: f32,
    @location(4) outline: f32,
) -> TileVertex {
    let corner = vec2<f32>(f32(vertex & 1u) * 2.0 - 1.0, f32(vertex >> 1u) * 2.0 - 1.0);
    let in_view = (view.view_from_world * vec4<f32>(centre, 1.0)).xyz;
    let distance = length(centre - view.eye.xyz);
    let half_pixels = view.eye.w * view.tile.x / max(-in_view.z, 0.01);
    // Room for smooth edges, and for the glow of a highlighted tile.
    let reach = 1.0 + 1.5 / half_pixels + select(0.0, 0.16, outline > 0.0);
    let local = corner * reach;

    let near = smoothstep(view.tile.z, view.tile.w, distance);
    let far = pow(clamp((view.far.y - distance) / (view.far.y - view.far.x), 0.0, 1.0), view.far.z);
    let haze = pow(clamp((distance - 1.6) / 9.0, 0.0, 1.0), 0.8) * view.fog.w;

    var out: TileVertex;
    out.position = view.clip_from_view * vec4<f32>(in_view.xy + local * view.tile.x, in_view.z, 1.0);
    out.local = local;
    out.layers = layers;
    out.shade = vec4<f32>(appear * near * far, haze * (1.0 - 0.5 * outline), max(log2(view.screen.z / (2.0 * half_pixels)), 0.0), blend);
    out.edge = vec4<f32>(half_pixels, outline, 0.0, 0.0);
    return out;
}

fn face_texel(layer: u32, uv: vec2<f32>, detail: f32) -> vec3<f32> {
    let in_page = i32(layer % u32(view.screen.w));
    switch layer / u32(view.screen.w) {
        case 0u: { return textureSampleLevel(page_0, face_sampler, uv, in_page, detail).rgb; }
        case 1u: { return textureSampleLevel(page_1, face_sampler, uv, in_page, detail).rgb; }
        case 2u: { return textureSampleLevel(page_2, face_sampler, uv, in_page, detail).rgb; }
        default: { return textureSampleLevel(page_3, face_sampler, uv, in_page, detail).rgb; }
    }
}

@fragment
fn tile_fragment(in: TileVertex) -> @location(0) vec4<f32> {
    // Signed distance to the rounded square, in pixels.
    let corner = abs(in.local) - (1.0 - view.tile.y);
    let outside = (length(max(corner, vec2<f32>(0.0))) + min(max(corner.x, corner.y), 0.0) - view.tile.y) * in.edge.x;
    let coverage = clamp(0.5 - outside, 0.0, 1.0);

    var color = vec3<f32>(0.0);
    if coverage > 0.0 {
        let uv = clamp(vec2<f32>(0.5 + 0.5 * in.local.x, 0.5 - 0.5 * in.local.y), vec2<f32>(0.0), vec2<f32>(1.0));
        color = face_texel(in.layers.x, uv, in.shade.z);
        if in.shade.w < 1.0 {
            color = mix(face_texel(in.layers.y, uv, in.shade.z), color, in.shade.w);
        }
        color = mix(color, view.fog.rgb, in.shade.y);
    }
    var alpha = coverage;
    if in.edge.y > 0.0 {
        let width = max(1.25, 0.012 * in.edge.x);
        let line = clamp(width + 0.5 - abs(outside - width), 0.0, 1.0);
        let glow = 0.35 * exp(-max(outside, 0.0) / (0.05 * in.edge.x + 1.0)) * clamp(outside, 0.0, 1.0);
        let strength = max(line, glow) * in.edge.y;
        color = mix(color, view.accent.rgb, strength / max(strength + alpha * (1.0 - strength), 0.001));
        alpha = strength + alpha * (1.0 - strength);
    }
    return vec4<f32>(color, alpha * in.shade.x);
}

@vertex
fn background_vertex(@builtin(vertex_index) vertex: u32) -> @builtin(position) vec4<f32> {
    let corner = vec2<f32>(f32(vertex & 1u), f32(vertex >> 1u));
    return vec4<f32>(corner * 4.0 - 1.0, 0.0, 1.0);
}

@fragment
fn background_fragment(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let offset = (position.xy / view.screen.xy - vec2<f32>(0.5, 0.46)) * vec2<f32>(1.25, 1.45);
    let t = clamp(dot(offset, offset) * 1.6, 0.0, 1.0);
    let color = mix(view.background_middle.rgb, view.background_rim.rgb, t * (2.0 - t));
    // Interleaved gradient noise (Jimenez 2014): half a byte of dither keeps the dark gradient free of bands.
    let noise = fract(52.9829189 * fract(dot(position.xy, vec2<f32>(0.06711056, 0.00583715)))) - 0.5;
    return vec4<f32>(color + noise * 0.0009, 1.0);
}
