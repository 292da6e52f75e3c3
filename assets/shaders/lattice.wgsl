// Tiles of the lattice as screen-parallel billboards, the outline of a highlighted one, and the background behind them.
//
// Everything is in gamma-encoded sRGB: pictures, colours and blending, as picture editors do it. One instance is one
// tile; its picture is one cell of an 8 x 8 grid on a page of the texture array. The raster draws the same on the processor.

struct View {
    view_from_world: mat4x4<f32>,
    clip_from_view: mat4x4<f32>,
    // xyz: eye in cells; w: pixels that one cell covers at distance 1.
    eye: vec4<f32>,
    // xy: size of the picture in pixels; z: pixels of a tile's texture; w: where a face that is enlarged this much is sharp.
    screen: vec4<f32>,
    // w: the largest share of fog.
    fog: vec4<f32>,
    background_middle: vec4<f32>,
    background_rim: vec4<f32>,
    accent: vec4<f32>,
    // x: half width of a tile in cells; y: corner radius as a share of the half width; z: near end, w: near start of visibility.
    tile: vec4<f32>,
    // x: start, y: end, z: exponent of the far fade; w: where a face that is enlarged this much begins to be sharp.
    far: vec4<f32>,
    // x: start, y: length, z: exponent of the fog.
    haze: vec4<f32>,
}

const TILES_PER_SIDE: u32 = 8u;
const PI: f32 = 3.14159265;
// Pixels that an enlarged one is made of, each way.
const TAPS: i32 = 6;

@group(0) @binding(0) var<uniform> view: View;
@group(0) @binding(1) var pages: texture_2d_array<f32>;
@group(0) @binding(2) var face_sampler: sampler;

struct TileVertex {
    @builtin(position) position: vec4<f32>,
    // In pixels from the middle of the tile.
    @location(0) local: vec2<f32>,
    // On the page.
    @location(1) uv: vec2<f32>,
    // The part of the page that may be read: min, max.
    @location(2) @interpolate(flat) bounds: vec4<f32>,
    // x: alpha; y: share of fog; z: level of detail; w: page.
    @location(3) @interpolate(flat) shade: vec4<f32>,
    // x: half width less the corner radius, y: corner radius, in pixels; z: strength of the outline.
    @location(4) @interpolate(flat) edge: vec4<f32>,
    // How much of Lanczos' filter there is.
    @location(5) @interpolate(flat) sharpness: f32,
}

fn place_tile(vertex: u32, centre: vec3<f32>, appear: f32, slot: u32, outline: f32, room: f32) -> TileVertex {
    let corner = vec2<f32>(f32(vertex & 1u) * 2.0 - 1.0, f32(vertex >> 1u) * 2.0 - 1.0);
    let in_view = (view.view_from_world * vec4<f32>(centre, 1.0)).xyz;
    let distance = length(centre - view.eye.xyz);
    let half_pixels = view.eye.w * view.tile.x / max(-in_view.z, 0.01);
    let local = corner * (half_pixels + 1.0 + room * half_pixels);

    let near = smoothstep(view.tile.z, view.tile.w, distance);
    let far = pow(clamp((view.far.y - distance) / (view.far.y - view.far.x), 0.0, 1.0), view.far.z);
    let haze = pow(clamp((distance - view.haze.x) / view.haze.y, 0.0, 1.0), view.haze.z) * view.fog.w;

    let in_page = vec2<f32>(f32(slot % TILES_PER_SIDE), f32(slot / TILES_PER_SIDE % TILES_PER_SIDE));
    let level = max(log2(view.screen.z / (2.0 * half_pixels)), 0.0);
    // Half a texel of the coarser level inwards, so that neighbours on the page never bleed in.
    let inset = min(0.5 * exp2(ceil(level)) / view.screen.z, 0.5);
    let scale = 1.0 / f32(TILES_PER_SIDE);

    var out: TileVertex;
    out.position = view.clip_from_view * vec4<f32>(in_view.xy + local / half_pixels * view.tile.x, in_view.z, 1.0);
    out.local = local;
    out.uv = (in_page + vec2<f32>(0.5) + vec2<f32>(0.5, -0.5) * local / half_pixels) * scale;
    out.bounds = vec4<f32>((in_page + inset) * scale, (in_page + (1.0 - inset)) * scale);
    out.shade = vec4<f32>(appear * near * far, haze * (1.0 - 0.5 * outline), level, f32(slot / (TILES_PER_SIDE * TILES_PER_SIDE)));
    let radius = view.tile.y * half_pixels;
    out.edge = vec4<f32>(half_pixels - radius, radius, outline, half_pixels);
    out.sharpness = clamp((2.0 * half_pixels / view.screen.z - view.far.w) / (view.screen.w - view.far.w), 0.0, 1.0);
    return out;
}

// Signed distance to the rounded square, in pixels; negative inside.
fn outside(in: TileVertex) -> f32 {
    let corner = abs(in.local) - in.edge.x;
    return length(max(corner, vec2<f32>(0.0))) + min(max(corner.x, corner.y), 0.0) - in.edge.y;
}

fn lanczos(at: f32) -> f32 {
    let angle = PI * max(abs(at), 1e-4);
    return select(0.0, 3.0 * sin(angle) * sin(angle / 3.0) / (angle * angle), angle < 3.0 * PI);
}

// The shares of six pixels, `towards` the fourth from the third: between a straight line and Lanczos' filter.
fn shares(towards: f32, sharpness: f32) -> array<f32, 6> {
    var shares: array<f32, 6>;
    var sum = 0.0;
    for (var tap = 0; tap < TAPS; tap++) {
        shares[tap] = lanczos(f32(tap) - 2.0 - towards);
        sum += shares[tap];
    }
    for (var tap = 0; tap < TAPS; tap++) {
        let straight = max(1.0 - abs(f32(tap) - 2.0 - towards), 0.0);
        shares[tap] = mix(straight, shares[tap] / sum, sharpness);
    }
    return shares;
}

// An enlarged face, from its pixels alone: those beyond its rim are those at its rim.
fn enlarged(in: TileVertex) -> vec3<f32> {
    let size = view.screen.z;
    let in_page = floor(in.bounds.xy * f32(TILES_PER_SIDE));
    let at = clamp(in.uv * f32(TILES_PER_SIDE) - in_page, vec2<f32>(0.0), vec2<f32>(1.0)) * size - 0.5;
    let third = floor(at);
    var columns = shares(at.x - third.x, in.sharpness);
    var rows = shares(at.y - third.y, in.sharpness);
    var sum = vec3<f32>(0.0);
    for (var row = 0; row < TAPS; row++) {
        var along = vec3<f32>(0.0);
        for (var column = 0; column < TAPS; column++) {
            let pixel = clamp(third + vec2<f32>(f32(column), f32(row)) - 2.0, vec2<f32>(0.0), vec2<f32>(size - 1.0));
            along += textureLoad(pages, vec2<i32>(in_page * size + pixel), i32(in.shade.w), 0).rgb * columns[column];
        }
        sum += clamp(along, vec3<f32>(0.0), vec3<f32>(1.0)) * rows[row];
    }
    return clamp(sum, vec3<f32>(0.0), vec3<f32>(1.0));
}

fn face_of(in: TileVertex) -> vec3<f32> {
    if in.sharpness > 0.0 {
        return enlarged(in);
    }
    let uv = clamp(in.uv, in.bounds.xy, in.bounds.zw);
    return textureSampleLevel(pages, face_sampler, uv, i32(in.shade.w), in.shade.z).rgb;
}

@vertex
fn tile_vertex(
    @builtin(vertex_index) vertex: u32,
    @location(0) centre: vec3<f32>,
    @location(1) appear: f32,
    @location(2) slot: u32,
    @location(3) outline: f32,
) -> TileVertex {
    return place_tile(vertex, centre, appear, slot, outline, 0.0);
}

@fragment
fn tile_fragment(in: TileVertex) -> @location(0) vec4<f32> {
    let coverage = clamp(0.5 - outside(in), 0.0, 1.0);
    return vec4<f32>(mix(face_of(in), view.fog.rgb, in.shade.y), coverage * in.shade.x);
}

@vertex
fn outline_vertex(
    @builtin(vertex_index) vertex: u32,
    @location(0) centre: vec3<f32>,
    @location(1) appear: f32,
    @location(2) slot: u32,
    @location(3) outline: f32,
) -> TileVertex {
    return place_tile(vertex, centre, appear, slot, outline, 0.3);
}

@fragment
fn outline_fragment(in: TileVertex) -> @location(0) vec4<f32> {
    let distance = outside(in);
    let width = max(1.25, 0.014 * in.edge.w);
    let line = clamp(width + 0.5 - abs(distance - width), 0.0, 1.0);
    let glow = 0.4 * exp(-max(distance, 0.0) / (0.07 * in.edge.w + 1.0)) * clamp(distance, 0.0, 1.0);
    return vec4<f32>(view.accent.rgb, max(line, glow) * in.edge.z * min(in.shade.x * 1.5, 1.0));
}

@vertex
fn background_vertex(@builtin(vertex_index) vertex: u32) -> @builtin(position) vec4<f32> {
    let corner = vec2<f32>(f32(vertex & 1u), f32(vertex >> 1u));
    return vec4<f32>(corner * 4.0 - 1.0, 0.0, 1.0);
}

@fragment
fn background_fragment(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let offset = (position.xy / view.screen.xy - vec2<f32>(0.5, 0.46)) * vec2<f32>(1.25, 1.45);
    let t = clamp(dot(offset, offset) * 1.5, 0.0, 1.0);
    let color = mix(view.background_middle.rgb, view.background_rim.rgb, t * (2.0 - t));
    // Interleaved gradient noise (Jimenez 2014): one byte of dither keeps the dark gradient free of bands.
    let noise = fract(52.9829189 * fract(dot(position.xy, vec2<f32>(0.06711056, 0.00583715)))) - 0.5;
    return vec4<f32>(color + noise / 255.0, 1.0);
}
