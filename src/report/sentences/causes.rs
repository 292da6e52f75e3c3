//! Why models of a kind do what they do: the words that sentences take for causes, one table for each kind.

use crate::models::ModelKind;

/// The causes of what figures show, each to be read behind a colon or in a clause.
pub struct Causes {
    /// What the model is, for a reader who meets it.
    pub description: &'static str,
    /// Why faces keep their structure.
    pub structure_kept: &'static str,
    /// Why they do not.
    pub structure_lost: &'static str,
    /// Why samples are blurred.
    pub blurred: &'static str,
    /// Why samples are rough.
    pub rough: &'static str,
    /// Why samples lie beside faces; `None` where their codes tell.
    pub astray: Option<&'static str>,
    /// Why samples lack variety.
    pub alike: &'static str,
    /// What its finest detail depends on.
    pub finest: &'static str,
    /// Why detail falls half way between two faces, with the mark that goes before it.
    pub half_way: &'static str,
    /// What varies along its axes.
    pub varies: &'static str,
}

const AUTOENCODER: Causes = Causes {
    description: "an encoder and a decoder that learned to give faces back through a short code, with a Gaussian fitted to the codes",
    structure_kept: "its codes are long enough to tell faces apart, and averaging shows in the finest detail only",
    structure_lost: "trained on squared error, the decoder gives the mean of all faces that share a code, and this averaging leaves hair \
                     and eyes to the differences",
    blurred: "squared error makes the decoder average all faces that a code could mean",
    rough: "codes fall into holes between codes, where the decoder extrapolates",
    astray: None,
    alike: "averaging draws all of them towards the middle",
    finest: "squared error punishes an edge in the wrong place twice, so the decoder averages and draws none",
    half_way: ": the way leads through holes between codes, where the decoder was never trained and averages what lies around",
    varies: "codes",
};
const GAN: Causes = Causes {
    description: "a generator that learned to deceive a critic which compares its faces with real ones",
    structure_kept: AUTOENCODER.structure_kept,
    structure_lost: AUTOENCODER.structure_lost,
    blurred: "the critic does not press for fine detail yet: it is small, or the training was short",
    rough: "the critic rewards texture more than shape; one that is too strong does that",
    astray: Some("the generator has not yet learned from its critic where faces end"),
    alike: "mode collapse: the generator makes the faces that its critic accepts and leaves out the others",
    finest: "a critic judges texture without asking where it belongs, so the finest scale depends on its strength",
    half_way: ": on its way between two kinds of faces the generator jumps rather than makes each in between",
    varies: "early features of the generator",
};
const PCA: Causes = Causes {
    description: "a Gaussian over pictures: the mean face plus a weighted sum of axes (linear superposition)",
    structure_kept: "its axes span most of what faces differ in, and what the differences show is spread evenly",
    structure_lost: "a linear superposition of smooth axes has no sharp edge at the place where this face has one, so edges are what the \
                     differences show",
    blurred: "every sample is a linear superposition of smooth pictures, in which edges of many faces overlap as ghosts",
    rough: "independent axes add details that do not belong together",
    astray: Some("a Gaussian also fills what lies between and beyond faces, where features superpose that no face has together"),
    alike: "its axes hold the common directions, and what sets single faces apart lies beyond them",
    finest: "linear superposition of many faces cancels what is fine, unless more axes of small variance carry it",
    half_way: ", since details of two faces that lie in different places are averaged away",
    varies: "axes",
};

/// The causes that hold for a kind.
pub fn causes_of(kind: ModelKind) -> &'static Causes {
    match kind {
        ModelKind::Autoencoder => &AUTOENCODER,
        ModelKind::Gan => &GAN,
        ModelKind::Pca => &PCA,
    }
}
