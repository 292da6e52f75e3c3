//! Why the explorer cannot open.

/// Why the explorer cannot open.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// There is no display server.
    #[error(
        "there is no display here (neither WAYLAND_DISPLAY nor DISPLAY is set). Start it in a desktop session, or under a virtual \
         display: `xvfb-run -s '-screen 0 1280x720x24' facefield`. Everything else works without one"
    )]
    NoDisplay,
    /// A display is named, and nobody answers there.
    #[error(
        "the display that is named here does not answer ({0}): it may belong to a session that has ended. Unset it, or start facefield \
         in a terminal of the desktop. Everything but the explorer works without one"
    )]
    DeadDisplay(String),
    /// No graphics driver can draw.
    #[error(
        "there is no Vulkan driver here. Install the graphics card's driver, or the software one (Debian and Ubuntu: \
         `apt-get install mesa-vulkan-drivers`). Everything but the explorer and the flight view works without one"
    )]
    NoDriver,
    /// The window system refused.
    #[error("the window could not be opened: {0}. Is DISPLAY right, and may this user connect to it?")]
    Window(String),
    /// The explorer was open and broke off.
    #[error(
        "the explorer broke off through a fault of the program, or of the graphics driver ({0}). Start it again: model, sliders and camera \
         come back as they were; a training goes on from its last checkpoint with Resume"
    )]
    BrokeOff(String),
}

impl AppError {
    /// Whether something is missing here that only the explorer needs.
    pub fn leaves_the_rest(&self) -> bool {
        matches!(self, Self::NoDisplay | Self::DeadDisplay(_) | Self::NoDriver)
    }
}
