//! `facefield bench`: one JSON object with device, threads, rates, medians and percentiles.
//!
//! Owns which benchmarks there are. Each subject has a file of its own; how time and memory are measured stands in `timing`.

mod batches;
mod evaluate;
#[cfg(feature = "app")]
mod explorer;
mod gan;
mod import;
mod network;
mod pca;
mod render;
mod timing;

use clap::Subcommand;

use super::Output;

/// What is measured.
#[derive(Debug, Subcommand)]
pub enum BenchCommand {
    /// Pictures read, cropped and resized in a second.
    Import(import::ImportArgs),
    /// PCA of faces: seconds, and the most memory besides the mapped file.
    #[command(name = "pca")]
    PrincipalAxes(pca::PcaArgs),
    /// Training steps of the autoencoder that is compared with PyTorch: images in a second.
    Train(network::NetworkArgs),
    /// Decoding with that autoencoder: images in a second.
    Decode(network::NetworkArgs),
    /// The convolutions of that autoencoder, shape by shape.
    Conv(network::NetworkArgs),
    /// Steps of a GAN's critic with exact R1 and R2, and of its generator: images in a second.
    Critic(gan::GanArgs),
    /// Whole steps of a GAN's training on drawn faces: images in a second, and where the time goes.
    #[command(name = "gan")]
    WholeSteps(gan::GanArgs),
    /// How many of 25 Gaussians in the plane a GAN finds, seed by seed.
    Modes(gan::ModesArgs),
    /// Judging models, also of different sizes: seconds stage by stage, and the most memory besides the mapped files.
    Evaluate(evaluate::EvaluateArgs),
    /// Frames of the portrait view, drawn and encoded in a second.
    Render(render::RenderArgs),
    /// Frame times of the explorer in a window, standing and flying.
    #[cfg(feature = "app")]
    Explorer(explorer::ExplorerArgs),
}

/// Runs a benchmark.
///
/// # Errors
/// What the measured work itself fails with.
pub fn run(command: &BenchCommand, output: &Output) -> anyhow::Result<()> {
    match command {
        BenchCommand::Import(args) => import::run(args, output),
        BenchCommand::Render(args) => render::run(args, output),
        BenchCommand::PrincipalAxes(args) => pca::run(args, output),
        BenchCommand::Train(args) => network::train(args, output),
        BenchCommand::Decode(args) => network::decode(args, output),
        BenchCommand::Conv(args) => network::conv(args, output),
        BenchCommand::Critic(args) => gan::critic(args, output),
        BenchCommand::WholeSteps(args) => gan::gan(args, output),
        BenchCommand::Modes(args) => gan::modes(args, output),
        BenchCommand::Evaluate(args) => evaluate::run(args, output),
        #[cfg(feature = "app")]
        BenchCommand::Explorer(args) => explorer::run(args, output),
    }
}
