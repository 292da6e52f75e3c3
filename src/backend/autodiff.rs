//! How gradients flow through the operations of [`FaceBackend`]: one backward node for each, so that a single `backward()`
//! trains through them with the backend's own gradient kernels.
//!
//! burn's autodiff is first-order: gradients of gradients do not exist here.

use burn::backend::Autodiff;
use burn::tensor::backend::Backend;
use burn::tensor::ops::FloatTensor;
use burn_autodiff::NodeId;
use burn_autodiff::checkpoint::base::Checkpointer;
use burn_autodiff::checkpoint::strategy::CheckpointStrategy;
use burn_autodiff::grads::Gradients;
use burn_autodiff::ops::{Backward, Ops, OpsKind, unary};

use super::{Activation, FaceBackend};

/// The tensor of an autodiff backend over `B`.
type Tracked<B, C> = FloatTensor<Autodiff<B, C>>;

#[derive(Debug)]
struct Conv3x3;

/// Parents: input, weight, bias, residual. The last two may be stand-ins that want no gradient.
impl<B: FaceBackend> Backward<B, 4> for Conv3x3 {
    type State = (FloatTensor<B>, FloatTensor<B>, Activation);

    fn backward(self, ops: Ops<Self::State, 4>, grads: &mut Gradients, _checkpointer: &mut Checkpointer) {
        let [input_node, weight_node, bias_node, residual_node] = ops.parents;
        let gradient = grads.consume::<B>(&ops.node); // [N, K, H, W]
        let (input, weight, activation) = ops.state;
        if let Some(node) = residual_node {
            grads.register::<B>(node.id, gradient.clone());
        }
        if weight_node.is_some() || bias_node.is_some() {
            let (of_weight, of_bias) = B::conv3x3_parameter_gradients(input.clone(), gradient.clone(), activation);
            register::<B>(grads, weight_node.map(|node| node.id), of_weight); // [K, C, 3, 3]
            register::<B>(grads, bias_node.map(|node| node.id), of_bias); // [K]
        }
        if let Some(node) = input_node {
            grads.register::<B>(node.id, B::conv3x3_input_gradient(input, weight, gradient, activation)); // [N, C, H, W]
        }
    }
}

#[derive(Debug)]
struct Conv1x1;

/// Parents: input, weight, bias. The bias may be a stand-in that wants no gradient.
impl<B: FaceBackend> Backward<B, 3> for Conv1x1 {
    type State = (FloatTensor<B>, FloatTensor<B>);

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _checkpointer: &mut Checkpointer) {
        let [input_node, weight_node, bias_node] = ops.parents;
        let gradient = grads.consume::<B>(&ops.node); // [N, K, H, W]
        let (input, weight) = ops.state;
        if weight_node.is_some() || bias_node.is_some() {
            let (of_weight, of_bias) = B::conv1x1_parameter_gradients(input.clone(), gradient.clone());
            register::<B>(grads, weight_node.map(|node| node.id), of_weight); // [K, C, 1, 1]
            register::<B>(grads, bias_node.map(|node| node.id), of_bias); // [K]
        }
        if let Some(node) = input_node {
            grads.register::<B>(node.id, B::conv1x1_input_gradient(input, weight, gradient)); // [N, C, H, W]
        }
    }
}

#[derive(Debug)]
struct AveragePool2;

impl<B: FaceBackend> Backward<B, 1> for AveragePool2 {
    type State = ();

    fn backward(self, ops: Ops<(), 1>, grads: &mut Gradients, _checkpointer: &mut Checkpointer) {
        unary::<B, _>(ops.parents, ops.node, grads, B::average_pool2_gradient);
    }
}

#[derive(Debug)]
struct Upsample2;

impl<B: FaceBackend> Backward<B, 1> for Upsample2 {
    type State = ();

    fn backward(self, ops: Ops<(), 1>, grads: &mut Gradients, _checkpointer: &mut Checkpointer) {
        unary::<B, _>(ops.parents, ops.node, grads, B::upsample2_gradient);
    }
}

#[derive(Debug)]
struct Activate;

impl<B: FaceBackend> Backward<B, 1> for Activate {
    type State = (FloatTensor<B>, Activation);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _checkpointer: &mut Checkpointer) {
        let (input, activation) = ops.state;
        unary::<B, _>(ops.parents, ops.node, grads, |gradient| B::activation_gradient(input, gradient, activation));
    }
}

fn register<B: Backend>(grads: &mut Gradients, node: Option<NodeId>, gradient: FloatTensor<B>) {
    if let Some(node) = node {
        grads.register::<B>(node, gradient);
    }
}

/// Takes the place of a parent that is not there: a leaf that wants no gradient.
fn stand_in<B: FaceBackend, C: CheckpointStrategy>(optional: Option<&Tracked<B, C>>, like: &Tracked<B, C>) -> Tracked<B, C> {
    optional.cloned().unwrap_or_else(|| Tracked::<B, C>::new(like.primitive.clone()))
}

impl<B: FaceBackend, C: CheckpointStrategy> FaceBackend for Autodiff<B, C> {
    fn conv3x3(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: Option<FloatTensor<Self>>,
        residual: Option<FloatTensor<Self>>,
        activation: Activation,
    ) -> FloatTensor<Self> {
        let others = [stand_in::<B, C>(bias.as_ref(), &weight).node, stand_in::<B, C>(residual.as_ref(), &weight).node];
        let [bias_node, residual_node] = others;
        let nodes = [input.node.clone(), weight.node.clone(), bias_node, residual_node];
        let output = B::conv3x3(
            input.primitive.clone(),
            weight.primitive.clone(),
            bias.map(|bias| bias.primitive),
            residual.map(|residual| residual.primitive),
            activation,
        ); // [N, K, H, W]
        match Conv3x3.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((input.primitive, weight.primitive, activation), output),
            OpsKind::UnTracked(prep) => prep.finish(output),
        }
    }

    fn conv1x1(input: FloatTensor<Self>, weight: FloatTensor<Self>, bias: Option<FloatTensor<Self>>) -> FloatTensor<Self> {
        let nodes = [input.node.clone(), weight.node.clone(), stand_in::<B, C>(bias.as_ref(), &weight).node];
        let output = B::conv1x1(input.primitive.clone(), weight.primitive.clone(), bias.map(|bias| bias.primitive)); // [N, K, H, W]
        match Conv1x1.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((input.primitive, weight.primitive), output),
            OpsKind::UnTracked(prep) => prep.finish(output),
        }
    }

    fn average_pool2(input: FloatTensor<Self>) -> FloatTensor<Self> {
        AveragePool2.prepare::<C>([input.node.clone()]).compute_bound().stateless(B::average_pool2(input.primitive)) // [N, C, H / 2, W / 2]
    }

    fn upsample2(input: FloatTensor<Self>) -> FloatTensor<Self> {
        Upsample2.prepare::<C>([input.node.clone()]).compute_bound().stateless(B::upsample2(input.primitive)) // [N, C, 2 H, 2 W]
    }

    fn activate(input: FloatTensor<Self>, activation: Activation) -> FloatTensor<Self> {
        if activation.is_identity() {
            return input;
        }
        let output = B::activate(input.primitive.clone(), activation);
        match Activate.prepare::<C>([input.node.clone()]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((input.primitive, activation), output),
            OpsKind::UnTracked(prep) => prep.finish(output),
        }
    }

    // Linear in `gradient`, so it is its own backward pass. In `input` it is piecewise constant.
    fn activation_gradient(input: FloatTensor<Self>, gradient: FloatTensor<Self>, activation: Activation) -> FloatTensor<Self> {
        if activation.is_identity() {
            return gradient;
        }
        let output = B::activation_gradient(input.primitive.clone(), gradient.primitive, activation);
        match Activate.prepare::<C>([gradient.node]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((input.primitive, activation), output),
            OpsKind::UnTracked(prep) => prep.finish(output),
        }
    }
}
