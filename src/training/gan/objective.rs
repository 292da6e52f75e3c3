//! What critic and generator play for, as losses on scores [N, 1].

use burn::tensor::Tensor;

use crate::backend::FaceBackend;
use crate::training::Objective;

/// What the critic minimises, without its gradient penalty: `[1]`. `drift` weighs the squared scores of real pictures in WGAN-GP.
pub(super) fn critic_loss<B: FaceBackend>(objective: Objective, real: Tensor<B, 2>, fake: Tensor<B, 2>, drift: f32) -> Tensor<B, 1> {
    match objective {
        // softplus(-(D(r) - D(f))), in pairs: Jolicoeur-Martineau 2019; Huang et al. 2024, equation 1.
        Objective::Rpgan => softplus(fake - real).mean(),
        // Gulrajani et al. 2017, equation 3; the drift is Karras et al. 2018, appendix A.1.
        Objective::WganGp => fake.mean() - real.clone().mean() + real.powi_scalar(2).mean() * drift,
        // Lim and Ye 2017; Miyato et al. 2018.
        Objective::Hinge => (real.neg() + 1.0).clamp_min(0.0).mean() + (fake + 1.0).clamp_min(0.0).mean(),
    }
}

/// What the generator minimises: `[1]`. `real`: the scores of real pictures, where pairs are compared.
pub(super) fn generator_loss<B: FaceBackend>(objective: Objective, real: Option<Tensor<B, 2>>, fake: Tensor<B, 2>) -> Tensor<B, 1> {
    match (objective, real) {
        (Objective::Rpgan, Some(real)) => softplus(real - fake).mean(),
        (Objective::Rpgan, None) => softplus(fake.neg()).mean(),
        (Objective::WganGp | Objective::Hinge, _) => fake.mean().neg(),
    }
}

/// log(1 + exp(x)), for any x.
fn softplus<B: FaceBackend>(x: Tensor<B, 2>) -> Tensor<B, 2> {
    x.clone().clamp_min(0.0) + x.abs().neg().exp().log1p()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::Cpu;

    fn scores(values: [f32; 2]) -> Tensor<Cpu, 2> {
        Tensor::<Cpu, 1>::from_floats(values, &Default::default()).reshape([2, 1])
    }

    #[test]
    fn losses_are_those_of_the_papers() {
        let loss = |objective| critic_loss(objective, scores([2.0, -1.0]), scores([0.5, 1.0]), 0.1).into_scalar();
        let soft = |x: f32| x.exp().ln_1p();
        assert!((loss(Objective::Rpgan) - (soft(-1.5) + soft(2.0)) / 2.0).abs() < 1e-6);
        assert!((loss(Objective::WganGp) - (0.75 - 0.5 + 0.1 * 2.5)).abs() < 1e-6);
        assert!((loss(Objective::Hinge) - (0.0 + 2.0 + 1.5 + 2.0) / 2.0).abs() < 1e-6);
        let loss = |objective| generator_loss(objective, Some(scores([2.0, -1.0])), scores([0.5, 1.0])).into_scalar();
        assert!((loss(Objective::Rpgan) - (soft(1.5) + soft(-2.0)) / 2.0).abs() < 1e-6);
        assert!((loss(Objective::WganGp) + 0.75).abs() < 1e-6);
    }

    #[test]
    fn softplus_is_finite_far_out() {
        let values: Vec<f32> = softplus(scores([200.0, -200.0])).into_data().into_vec().unwrap();
        assert_eq!(values, [200.0, 0.0]);
    }
}
