//! A model's parameters and their gradients as plain numbers, for callbacks that show or measure them.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::prelude::*;

/// A parameter, or its gradient, as plain numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedParameter {
    /// Its path in the module, such as `layers.0.weight`.
    pub path: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its values in row-major order, as 32-bit floats whatever the model computes in.
    pub values: Vec<f32>,
}

/// Every float parameter and buffer, in the order of the module's fields.
pub(crate) fn parameters_of<M: Module>(model: &M) -> Vec<NamedParameter> {
    let mut reader = Reader { path: Vec::new(), gradients: None, found: Vec::new() };
    model.visit(&mut reader);
    reader.found
}

/// The gradient of every parameter that has one, in the order of the module's fields.
pub(crate) fn gradients_of<M: Module>(model: &M, gradients: &GradientsParams) -> Vec<NamedParameter> {
    let mut reader = Reader { path: Vec::new(), gradients: Some(gradients), found: Vec::new() };
    model.visit(&mut reader);
    reader.found
}

/// Reads the parameters, or the gradients of those that have one.
struct Reader<'a> {
    path: Vec<String>,
    gradients: Option<&'a GradientsParams>,
    found: Vec<NamedParameter>,
}

impl ModuleVisitor for Reader<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let tensor = match self.gradients {
            Some(gradients) => gradients.get::<D>(param.id),
            None => Some(param.transform_for_save().val()),
        };
        let Some(tensor) = tensor else { return };
        let shape = tensor.dims().to_vec();
        let values = tensor.into_data_as::<f32>().try_into_vec().expect("the values were read as f32");
        self.found.push(NamedParameter { path: self.path.join("."), shape, values });
    }
}

#[cfg(test)]
mod tests {
    use burn::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig};

    use super::*;

    #[derive(Module, Debug)]
    struct Net {
        layers: Vec<Linear>,
        norm: BatchNorm,
    }

    fn net() -> Net {
        let device = Device::flex().autodiff();
        let layers = vec![LinearConfig::new(2, 3).init(&device)];
        Net { layers, norm: BatchNormConfig::new(3).init(&device) }
    }

    #[test]
    fn parameters_have_paths_shapes_and_values_and_buffers_are_among_them() {
        let model = net();
        let parameters = parameters_of(&model);
        let paths: Vec<&str> = parameters.iter().map(|parameter| parameter.path.as_str()).collect();
        let expected = ["layers.0.weight", "layers.0.bias", "norm.gamma", "norm.beta", "norm.running_mean"];
        assert_eq!(paths[..5], expected);
        assert_eq!(parameters[0].shape, [2, 3]);
        let weight: Vec<f32> = model.layers[0].weight.val().into_data().try_into_vec().unwrap();
        assert_eq!(parameters[0].values, weight);
        assert_eq!(parameters[5].values, [1.0; 3], "running variance");
    }

    #[test]
    fn gradients_are_those_of_the_parameters_that_have_one() {
        let model = net();
        let x = Tensor::<2>::from_floats([[1.0, 2.0], [3.0, 5.0]], &Device::flex().autodiff());
        let loss = model.layers[0].forward(x).sum();
        let gradients = GradientsParams::from_grads(loss.backward(), &model);
        let gradients = gradients_of(&model, &gradients);
        assert_eq!(gradients.len(), 2, "the normalisation took no part");
        assert_eq!((gradients[0].path.as_str(), gradients[0].shape.as_slice()), ("layers.0.weight", &[2, 3][..]));
        assert_eq!(gradients[0].values, [4.0, 4.0, 4.0, 7.0, 7.0, 7.0]);
        assert_eq!(gradients[1].values, [2.0, 2.0, 2.0]);
    }
}
