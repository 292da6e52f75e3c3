//! `facefield self-test`: does a device compute what it should?

use anyhow::bail;
use clap::Args;

use super::Output;
use super::bar::Bar;
use super::output::say;
use crate::backend::BackendChoice;
use crate::engine::{Extent, SelfTestReport, self_test};

/// Arguments of `facefield self-test`.
#[derive(Debug, Args)]
pub struct SelfTestArgs {
    /// The device.
    #[arg(long, value_enum, default_value_t = BackendChoice::Auto)]
    backend: BackendChoice,
    /// Only the layers of the smallest network.
    #[arg(long)]
    short: bool,
}

/// Tests a device and prints a table.
///
/// # Errors
/// Where the device is not there, or gives wrong numbers.
pub fn run(args: &SelfTestArgs, output: &Output) -> anyhow::Result<()> {
    let bar = Bar::new();
    let report = self_test(args.backend, if args.short { Extent::Short } else { Extent::Full }, &bar)?;
    drop(bar);
    for skipped in &report.skipped {
        say(format_args!("skipped {skipped}"));
    }
    if report.too_slow {
        say(format_args!(
            "warning: {} ({}) takes {:.1} times as long as the CPU for a convolution: too slow to train on",
            report.device.device, report.device.backend, report.time_against_cpu
        ));
    }
    output.result(&report, table)?;
    let failed = report.checks.iter().filter(|check| !check.pass).count();
    if failed > 0 {
        bail!("{failed} of {} checks fail: do not train on {}; use --backend cpu", report.checks.len(), report.device.device);
    }
    Ok(())
}

fn table(report: &SelfTestReport) -> String {
    let width = report.checks.iter().map(|check| check.name.len()).max().unwrap_or(0);
    let mut lines = vec![format!("{}: {}", report.device.label(), report.device.device)];
    lines.extend(report.checks.iter().map(|check| {
        let verdict = if check.pass { "ok" } else { "WRONG" };
        format!("{:width$}  {:>9.1e} of {:.0e}  {verdict}", check.name, check.error, check.limit)
    }));
    let held = report.checks.iter().filter(|check| check.pass).count();
    lines.push(format!("{held} of {} checks hold, in {:.1} s", report.checks.len(), report.seconds));
    lines.join("\n")
}
