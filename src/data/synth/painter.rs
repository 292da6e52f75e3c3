//! Draws one face from its factors, analytically antialiased: every shape is a signed distance in units of half a face crop.
//!
//! x runs right and y down; the crop spans [-1, 1] in both.

use super::factors::FaceFactors;

type Colour = [f32; 3];
type Point = [f32; 2];

impl FaceFactors {
    /// Draws the face as CelebA's centre crop shows faces: RGB8, HWC, `size` x `size`.
    pub fn draw(&self, size: usize) -> Vec<u8> {
        let pitch = 2.0 / size as f32;
        paint(self, size, size, [-1.0 + pitch / 2.0, -1.0 + pitch / 2.0], pitch)
    }

    /// Draws the face as an aligned CelebA picture of 178x218 pixels, whose centre 140x140 is what [`draw`](Self::draw) shows.
    pub fn draw_aligned(&self) -> Vec<u8> {
        let pitch = 2.0 / 140.0;
        paint(self, 178, 218, [-1.0 + pitch * (0.5 - 19.0), -1.0 + pitch * (0.5 - 39.0)], pitch)
    }
}

/// Paints `width` x `height` pixels, the first at `origin`, `pitch` apart: RGB8, HWC.
fn paint(factors: &FaceFactors, width: usize, height: usize, origin: Point, pitch: f32) -> Vec<u8> {
    let scene = Scene::new(factors, pitch);
    let mut bytes = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        for x in 0..width {
            let point = [origin[0] + x as f32 * pitch, origin[1] + y as f32 * pitch];
            bytes.extend(scene.colour(point).map(|value| (value.clamp(0.0, 1.0) * 255.0 + 0.5) as u8));
        }
    }
    bytes
}

/// Everything that is the same for all pixels of a face.
struct Scene {
    factors: FaceFactors,
    /// Width of an edge: one pixel.
    edge: f32,
    skin: Colour,
    hair: Colour,
    iris: Colour,
    lips: Colour,
    cloth: Colour,
    backdrop: Colour,
    head: [f32; 2],
    tilt: [f32; 2],
}

/// Where the head's middle lies.
const CENTRE: Point = [0.0, 0.10];

impl Scene {
    fn new(factors: &FaceFactors, pitch: f32) -> Self {
        let skin = gradient(factors.skin, [[0.98, 0.84, 0.75], [0.86, 0.65, 0.51], [0.45, 0.29, 0.21]]);
        let backdrop = gradient(factors.background, [[0.78, 0.55, 0.38], [0.62, 0.66, 0.62], [0.30, 0.46, 0.68]]);
        let angle = factors.tilt * 0.17;
        Self {
            edge: pitch,
            skin,
            hair: gradient(factors.hair_darkness, [[0.88, 0.71, 0.42], [0.42, 0.26, 0.15], [0.07, 0.05, 0.06]]),
            iris: gradient(-factors.skin, [[0.20, 0.12, 0.08], [0.34, 0.26, 0.16], [0.32, 0.48, 0.62]]),
            lips: mix(skin, [0.72, 0.20, 0.24], 0.55),
            cloth: gradient(-factors.background, [[0.44, 0.24, 0.22], [0.25, 0.27, 0.33], [0.16, 0.24, 0.38]]),
            backdrop,
            head: [0.56 + 0.09 * factors.width, 0.76 - 0.03 * factors.width],
            tilt: [angle.cos(), angle.sin()],
            factors: *factors,
        }
    }

    fn colour(&self, point: Point) -> Colour {
        let face = self.face_coordinates(point);
        let mut colour = self.background(point);
        colour = self.over(colour, self.shaded_hair(face, 0.72), self.hair_behind(face));
        colour = self.over(colour, self.cloth_colour(point), self.shoulders(point));
        colour = self.over(colour, scale(self.skin, 0.74), capsule(face, [0.0, 0.55], [0.0, 0.95], 0.27));
        for side in [-1.0, 1.0] {
            colour = self.over(colour, scale(self.skin, 0.82), self.ear(face, side));
        }
        let skin = self.lit_skin(face);
        let head = self.head_shape(face);
        let mut inner = skin;
        for side in [-1.0, 1.0] {
            inner = self.eye(inner, face, side);
        }
        inner = self.nose(inner, face);
        inner = self.mouth(inner, face);
        colour = self.over(colour, inner, head);
        self.over(colour, self.shaded_hair(face, 1.0), self.hair_in_front(face))
    }

    /// Turns the tilt of the head away and puts its middle at the origin.
    fn face_coordinates(&self, [x, y]: Point) -> Point {
        // The neck is what the head tilts on.
        let (x, y) = (x - CENTRE[0], y - 0.9);
        let [cos, sin] = self.tilt;
        [cos * x + sin * y, cos * y - sin * x + 0.9 - CENTRE[1]]
    }

    /// Where something on the face lies once the head has turned: what stands out further moves more, and the side away narrows.
    fn turned(&self, x: f32, depth: f32) -> f32 {
        let angle = self.factors.turn * 0.42;
        x * angle.cos() + depth * angle.sin()
    }

    fn background(&self, [x, y]: Point) -> Colour {
        let light = 0.92 + 0.10 * self.factors.light * x.clamp(-1.3, 1.3) - 0.12 * y.clamp(-1.6, 1.6);
        scale(self.backdrop, light)
    }

    fn shoulders(&self, [x, y]: Point) -> f32 {
        ellipse([x, y - 1.75], [1.25, 0.80])
    }

    fn cloth_colour(&self, [x, y]: Point) -> Colour {
        scale(self.cloth, 1.0 + 0.25 * self.factors.light * x - 0.2 * (y - 1.0))
    }

    fn head_shape(&self, [x, y]: Point) -> f32 {
        let [width, height] = self.head;
        // Below the cheekbones the outline narrows towards the chin, less so for a square jaw.
        let below = (y / height).clamp(0.0, 1.0);
        let narrowing = 1.0 - (0.26 - 0.15 * self.factors.jaw) * below * below;
        let chin = self.turned(0.0, 0.10 * below);
        ellipse([(x - chin) / narrowing, y], [width, height])
    }

    /// Skin under the light, as if the head were an ellipsoid.
    fn lit_skin(&self, [x, y]: Point) -> Colour {
        let [width, height] = self.head;
        let (nx, ny) = (x / width, y / height);
        let nz = (1.0 - (nx * nx + ny * ny).min(0.98)).sqrt();
        let light = normalised([0.75 * self.factors.light, -0.35, 0.85]);
        let lambert = (nx * light[0] + ny * light[1] + nz * light[2]).max(0.0);
        let lit = scale(self.skin, 0.56 + 0.50 * lambert);
        let blush = [-1.0, 1.0]
            .map(|side| (1.0 - length([(x - self.turned(side * 0.31, 0.30)) / 0.2, (y - 0.20) / 0.15])).max(0.0))
            .into_iter()
            .sum::<f32>();
        let sockets = [-1.0, 1.0]
            .map(|side| (1.0 - length([(x - self.turned(side * 0.24, 0.40)) / 0.22, (y + 0.10) / 0.15])).max(0.0))
            .into_iter()
            .sum::<f32>();
        mix(scale(lit, 1.0 - 0.22 * sockets), [0.85, 0.36, 0.32], 0.16 * blush)
    }

    fn hair_reach(&self) -> f32 {
        0.35 + 0.75 * (self.factors.hair_length * 0.5 + 0.5)
    }

    fn hair_behind(&self, [x, y]: Point) -> f32 {
        let [width, height] = self.head;
        let reach = self.hair_reach();
        let cap = ellipse([x, y + 0.14], [width + 0.13, height + 0.06]);
        let long = rounded_box([x, y - (reach - 0.35) * 0.55], [width + 0.10, 0.20 + (reach - 0.35) * 0.75], 0.30);
        let behind = cap.max(y - reach);
        if self.factors.hair_length > -1.0 { smooth_union(behind, long.max(y - reach - 0.1), 0.15) } else { behind }
    }

    fn hair_in_front(&self, [x, y]: Point) -> f32 {
        let [width, height] = self.head;
        let outer = ellipse([x, y + 0.12], [width + 0.09, height + 0.07]);
        let line = 0.44 + 0.15 * self.factors.hairline;
        let hairline = ellipse([x - self.turned(0.0, 0.20) - 0.05, y - 0.26], [width - 0.01, line + 0.26]);
        // A band around the head: inside the outer edge, outside the hairline, and not below the ears.
        outer.max(-hairline).max(y - 0.12)
    }

    fn shaded_hair(&self, [x, y]: Point, brightness: f32) -> Colour {
        let angle = y.atan2(x + 0.05 - 0.25 * self.factors.light);
        let strands = 0.04 * (angle * 34.0).sin() + 0.03 * (angle * 71.0 + 1.3).sin();
        let shine = (1.0 - length([(x - 0.32 * self.factors.light) / 0.55, (y + 0.62) / 0.24])).max(0.0);
        let fade = (self.edge / 0.04).min(1.0);
        let lit = brightness * (0.88 + 0.24 * self.factors.light * x + strands * (1.0 - fade));
        let base = scale(self.hair, lit);
        [base[0] + 0.16 * shine, base[1] + 0.14 * shine, base[2] + 0.11 * shine]
    }

    fn ear(&self, [x, y]: Point, side: f32) -> f32 {
        ellipse([x - side * (self.head[0] - 0.01) - self.turned(0.0, -0.10), y - 0.04], [0.09, 0.15])
    }

    fn eye(&self, below: Colour, face: Point, side: f32) -> Colour {
        let centre = [self.turned(side * 0.24, 0.36), -0.08];
        let [x, y] = [face[0] - centre[0], face[1] - centre[1]];
        let open = 0.066 + 0.024 * self.factors.eyes;
        let wide = 0.118 + 0.016 * self.factors.eyes;
        // An almond: two arcs that meet in the corners.
        let t = (x / wide).clamp(-1.0, 1.0);
        let arc = open * (1.0 - t * t);
        let almond = (y.abs() - arc).max(x.abs() - wide);
        let mut colour = self.over(below, scale(self.skin, 0.60), ((y + open * 0.35).abs() - arc * 0.95 - 0.018).max(x.abs() - wide));
        colour = self.over(colour, [0.93, 0.92, 0.90], almond);
        let gaze = [x - self.turned(0.0, 0.05), y + 0.004];
        let iris = (length(gaze) - open * 0.86).max(almond);
        colour = self.over(colour, self.iris, iris);
        colour = self.over(colour, [0.03, 0.03, 0.04], (length(gaze) - open * 0.42).max(almond));
        colour = self.over(colour, [1.0, 1.0, 1.0], length([gaze[0] - 0.022, gaze[1] + 0.022]) - 0.014);
        let lash = ((y + arc).abs() - 0.014).max(x.abs() - wide).max(y);
        colour = self.over(colour, scale(self.hair, 0.45), lash);
        self.brow(colour, face, side)
    }

    fn brow(&self, below: Colour, face: Point, side: f32) -> Colour {
        let height = -0.235 - 0.050 * self.factors.brows;
        let inner = [self.turned(side * 0.13, 0.40), height + 0.020 - 0.025 * self.factors.brows];
        let middle = [self.turned(side * 0.25, 0.38), height - 0.028];
        let outer = [self.turned(side * 0.37, 0.30), height + 0.022];
        let thick = capsule(face, inner, middle, 0.024).min(capsule(face, middle, outer, 0.019));
        self.over(below, mix(scale(self.hair, 0.75), self.skin, 0.15), thick)
    }

    fn nose(&self, below: Colour, face: Point) -> Colour {
        let tip = [self.turned(0.0, 0.52), 0.20];
        let bridge = [self.turned(0.0, 0.38), -0.10];
        let shade = if self.factors.light + 0.4 * self.factors.turn > 0.0 { -1.0 } else { 1.0 };
        let strength = (self.factors.light + 0.4 * self.factors.turn).abs().min(1.0);
        let flank = capsule([face[0] - shade * 0.05, face[1]], bridge, tip, 0.030);
        let mut colour = mix(below, scale(self.skin, 0.60), 0.42 * strength * soft(flank, 0.06));
        let ridge = capsule(face, bridge, tip, 0.020);
        colour = mix(colour, scale(self.skin, 1.10), 0.45 * soft(ridge, 0.05));
        let under = ellipse([face[0] - tip[0], face[1] - tip[1] - 0.055], [0.12, 0.03]);
        colour = mix(colour, scale(self.skin, 0.62), 0.55 * soft(under, 0.03));
        for side in [-1.0, 1.0] {
            let nostril = ellipse([face[0] - tip[0] - side * 0.055, face[1] - tip[1] - 0.046], [0.026, 0.015]);
            colour = mix(colour, scale(self.skin, 0.30), 0.8 * soft(nostril, self.edge.max(0.012)));
        }
        colour
    }

    fn mouth(&self, below: Colour, face: Point) -> Colour {
        let half = 0.20 + 0.035 * self.factors.smile;
        let x = face[0] - self.turned(0.0, 0.40);
        let t = (x / half).clamp(-1.0, 1.0);
        // The line between the lips: its corners rise with a smile.
        let y = face[1] - 0.425 + 0.075 * self.factors.smile * (t * t - 0.4);
        let gap = 0.045 * (self.factors.mouth * 0.5 + 0.5);
        let round = 1.0 - t * t;
        let within = x.abs() - half;
        let upper = (-(y + gap * round) - 0.046 * round).max(y).max(within);
        let lower = (y - gap * round - 0.066 * round).max(-y).max(within);
        let mut colour = self.over(below, scale(self.lips, 0.90), upper);
        colour = self.over(colour, scale(self.lips, 1.06), lower);
        let opening = (y.abs() - gap * round).max(within);
        colour = self.over(colour, [0.28, 0.07, 0.08], opening);
        let teeth = (y + gap * 0.15).max(opening);
        colour = self.over(colour, [0.95, 0.93, 0.89], teeth);
        let line = (y.abs() - gap * round).abs().max(within) - 0.008;
        mix(colour, scale(self.lips, 0.45), 0.6 * self.coverage(line))
    }

    /// How much of a pixel a shape covers, from the signed distance of its middle.
    fn coverage(&self, distance: f32) -> f32 {
        (0.5 - distance / self.edge).clamp(0.0, 1.0)
    }

    fn over(&self, below: Colour, above: Colour, distance: f32) -> Colour {
        mix(below, above, self.coverage(distance))
    }
}

fn soft(distance: f32, width: f32) -> f32 {
    let t = (0.5 - distance / (2.0 * width)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

fn mix(a: Colour, b: Colour, share: f32) -> Colour {
    std::array::from_fn(|n| a[n] + (b[n] - a[n]) * share)
}

fn scale(colour: Colour, factor: f32) -> Colour {
    colour.map(|value| value * factor)
}

/// -1, 0 and +1 give the three colours, values between them a mixture.
fn gradient(value: f32, [low, middle, high]: [Colour; 3]) -> Colour {
    if value < 0.0 { mix(middle, low, -value) } else { mix(middle, high, value) }
}

fn length([x, y]: Point) -> f32 {
    x.hypot(y)
}

fn normalised(v: [f32; 3]) -> [f32; 3] {
    let norm = v.iter().map(|x| x * x).sum::<f32>().sqrt();
    v.map(|x| x / norm)
}

/// Distance to an ellipse, exact to first order near its edge, which is all that antialiasing needs.
fn ellipse([x, y]: Point, [a, b]: [f32; 2]) -> f32 {
    let value = length([x / a, y / b]);
    let slope = length([x / (a * a), y / (b * b)]);
    if slope < 1e-6 { -a.min(b) } else { value * (value - 1.0) / slope }
}

fn capsule(point: Point, from: Point, to: Point, radius: f32) -> f32 {
    let along = [to[0] - from[0], to[1] - from[1]];
    let rest = [point[0] - from[0], point[1] - from[1]];
    let share = ((rest[0] * along[0] + rest[1] * along[1]) / (along[0] * along[0] + along[1] * along[1])).clamp(0.0, 1.0);
    length([rest[0] - along[0] * share, rest[1] - along[1] * share]) - radius
}

fn rounded_box([x, y]: Point, half: [f32; 2], radius: f32) -> f32 {
    let radius = radius.min(half[0]).min(half[1]);
    let (dx, dy) = (x.abs() - half[0] + radius, y.abs() - half[1] + radius);
    length([dx.max(0.0), dy.max(0.0)]) + dx.max(dy).min(0.0) - radius
}

fn smooth_union(a: f32, b: f32, width: f32) -> f32 {
    let h = (0.5 + 0.5 * (b - a) / width).clamp(0.0, 1.0);
    b + (a - b) * h - width * h * (1.0 - h)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_factor_shows_and_none_jumps() {
        let difference = |a: &[u8], b: &[u8]| a.iter().zip(b).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / a.len() as f64;
        for (index, name) in FaceFactors::NAMES.iter().enumerate() {
            let face = |value: f32| {
                let mut values = [0.1; 14];
                values[index] = value;
                FaceFactors::from_values(values).draw(64)
            };
            let whole = difference(&face(-0.8), &face(0.8));
            assert!(whole > 0.3, "{name} changes the face by {whole} of 255 only");
            for step in 0..16 {
                let at = -0.8 + 0.1 * step as f32;
                let part = difference(&face(at), &face(at + 0.1));
                assert!(part < whole * 0.5 + 0.1, "{name} jumps at {at}: {part} of {whole}");
            }
        }
    }

    #[test]
    fn sizes_show_the_same_face() {
        let factors = FaceFactors::random(1, 1);
        let large = crate::data::Faces::new(128, factors.draw(128)).resized(32).into_pixels();
        let mean: f64 = large.iter().zip(factors.draw(32)).map(|(a, b)| f64::from(a.abs_diff(b))).sum::<f64>() / large.len() as f64;
        assert!(mean < 4.0, "antialiasing agrees with shrinking within {mean} of 255");
    }
}
