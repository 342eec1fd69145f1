//! Tests of the lookup: agreement with its definition and with the reference, gradients, threads, refusals.

use burn::backend::{Dispatch, Flex};
use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use proptest::prelude::*;

use super::*;
use crate::testing::{assert_close, bits, devices, formula, formula_values, primitive, values};

type Lookup<'a> = &'a dyn Fn(Tensor<2>, Tensor<2, Int>, Option<usize>) -> Tensor<3>;

/// A table's shape, ids `[B, T]` in a row, T, and the padding row.
#[derive(Clone, Debug)]
struct Case {
    table: [usize; 2],
    ids: Vec<usize>,
    steps: usize,
    padding_idx: Option<usize>,
}

impl Case {
    fn new(table: [usize; 2], ids: impl IntoIterator<Item = usize>, steps: usize, padding_idx: Option<usize>) -> Self {
        Self { table, ids: ids.into_iter().collect(), steps, padding_idx }
    }

    fn ids(&self, device: &Device) -> Tensor<2, Int> {
        let ids: Vec<i64> = self.ids.iter().map(|id| *id as i64).collect();
        let shape = [ids.len() / self.steps, self.steps];
        Tensor::from_data(TensorData::new(ids, shape), device)
    }

    /// Output and gradient of the table, for the table cos(0.7 i + 1) and an output gradient of cos(0.7 i + 4).
    fn outcome(&self, device: &Device, lookup: Lookup<'_>) -> (Vec<f32>, Vec<f32>) {
        let device = device.clone().autodiff();
        let weight = formula(self.table, 1.0, &device).require_grad();
        let y = lookup(weight.clone(), self.ids(&device), self.padding_idx);
        assert_eq!(y.dims(), [self.ids.len() / self.steps, self.steps, self.table[1]]);
        let gradients = (y.clone() * formula(y.dims(), 4.0, &device)).sum().backward();
        (values(y.inner()), values(weight.grad(&gradients).unwrap()))
    }

    /// The same by the definition, in 64-bit floats.
    fn definition(&self) -> (Vec<f32>, Vec<f32>) {
        let [rows, features] = self.table;
        let weight = formula_values(rows * features, 1.0);
        let output_grad = formula_values(self.ids.len() * features, 4.0);
        let mut gradient = vec![0.0f64; weight.len()];
        for (place, &id) in self.ids.iter().enumerate().filter(|(_, id)| Some(**id) != self.padding_idx) {
            for feature in 0..features {
                gradient[id * features + feature] += f64::from(output_grad[place * features + feature]);
            }
        }
        let rows = self.ids.iter().flat_map(|id| &weight[id * features..(id + 1) * features]);
        (rows.copied().collect(), gradient.into_iter().map(|value| value as f32).collect())
    }
}

fn cases() -> Vec<Case> {
    // Some ids are much more frequent than others, as words are.
    let words = (0..6000).map(|index| (index * index * 7919) % (1 + index % 900));
    vec![
        Case::new([3, 2], [2, 0, 1, 1], 2, None),
        Case::new([5, 3], [4, 4, 4, 0, 1, 4], 3, Some(4)),
        Case::new([1, 1], [0; 5], 1, None),
        Case::new([1, 4], [0; 6], 6, Some(0)),
        Case::new([900, 33], words, 60, Some(0)),
    ]
}

#[test]
fn outputs_and_gradients_agree_with_the_definition() {
    for (case, device) in
        cases().into_iter().flat_map(|case| devices().into_iter().map(move |device| (case.clone(), device)))
    {
        let (y, gradient) = case.outcome(&device, &embedding);
        let (expected_y, expected_gradient) = case.definition();
        let what = format!("{:?} ids in {:?} on {device:?}", case.ids.len(), case.table);
        assert_eq!(y, expected_y, "{what}");
        assert_close(&gradient, &expected_gradient, 1e-4, &what, "gradient");
    }
}

#[test]
fn the_reference_agrees_with_the_definition_with_its_own_gradient_and_with_burns() {
    let device = Device::flex();
    let on_dispatch = |weight: Tensor<2>, ids: Tensor<2, Int>, padding| {
        Tensor::from_dispatch(reference::forward::<Dispatch>(weight.into_dispatch(), ids.into_dispatch(), padding))
    };
    for case in cases() {
        let (expected_y, expected) = case.definition();
        let (y, gradient) = case.outcome(&device, &on_dispatch);
        assert_eq!(y, expected_y, "{:?}", case.table);
        assert_close(&gradient, &expected, 1e-4, &format!("{:?}", case.table), "Burn's gradient");

        let output_grad: Tensor<3> = formula([case.ids.len() / case.steps, case.steps, case.table[1]], 4.0, &device);
        let ids = case.ids(&device).into_dispatch();
        let own = reference::gradient::<Dispatch>(output_grad.into_dispatch(), ids, case.table[0], case.padding_idx);
        assert_close(
            &values(Tensor::<2>::from_dispatch(own)),
            &expected,
            1e-4,
            &format!("{:?}", case.table),
            "own gradient",
        );
    }
}

#[test]
fn equal_input_gives_equal_bytes_whatever_the_number_of_threads() {
    let case = cases().pop().unwrap();
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let ids = case.ids(&Device::flex()).try_into_primitive::<Flex>().unwrap();
        let (weight, dy) =
            (primitive(formula(case.table, 1.0, &Device::flex())), formula([100, 60, 33], 4.0, &Device::flex()));
        pool.install(|| {
            let y = Flex::embedding_forward(weight, ids.clone(), None);
            let gradient = Flex::embedding_gradient(primitive(dy), ids, case.table[0], None);
            [bits(&y), bits(&gradient)]
        })
    };
    let one = run(1);
    assert!([2, 3, 5].iter().all(|threads| run(*threads) == one));
}

proptest! {
    #[test]
    fn random_ids_agree_with_the_definition(
        (rows, ids, padding) in (1usize..50).prop_flat_map(|rows| {
            (Just(rows), prop::collection::vec(0..rows, 1..80), prop::option::of(0..rows))
        }),
        features in 1usize..20,
    ) {
        let case = Case::new([rows, features], ids, 1, padding);
        let (y, gradient) = case.outcome(&Device::flex(), &embedding);
        let (expected_y, expected_gradient) = case.definition();
        prop_assert_eq!(y, expected_y);
        assert_close(&gradient, &expected_gradient, 1e-5, &format!("{case:?}"), "gradient");
    }
}

#[test]
fn tables_and_ids_may_lie_in_memory_in_any_order_and_ids_have_any_width() {
    let device = Device::flex();
    let weight = formula([4, 3], 1.0, &device).swap_dims(0, 1);
    let copy = Tensor::<2>::from_data(weight.clone().into_data(), &device);
    let ids = Tensor::<2, Int>::from_ints([[0, 2], [1, 0], [2, 2]], &device).swap_dims(0, 1);
    let expected = values(embedding(copy, Tensor::from_ints([[0, 1, 2], [2, 0, 2]], &device), None));
    for dtype in [DType::I64, DType::I32, DType::I16, DType::U8] {
        assert_eq!(values(embedding(weight.clone(), ids.clone().cast(dtype), None)), expected, "{dtype:?}");
    }
}

#[test]
fn other_floats_keep_their_type() {
    let case = cases().swap_remove(1);
    let (expected, expected_gradient) = case.definition();
    for dtype in [DType::F64, DType::F16] {
        let cast = |weight: Tensor<2>, ids, padding| {
            let y = embedding(weight.cast(dtype), ids, padding);
            assert_eq!(y.dtype(), dtype);
            y.cast(DType::F32)
        };
        let (y, gradient) = case.outcome(&Device::flex(), &cast);
        assert_close(&y, &expected, 1e-3, "the lookup", "output");
        assert_close(&gradient, &expected_gradient, 1e-2, "the lookup", "gradient");
    }
}

#[test]
fn a_table_that_does_not_train_gets_no_gradient() {
    let device = Device::flex().autodiff();
    let y = embedding(formula([3, 2], 1.0, &device), Tensor::from_ints([[0, 1]], &device), None);
    assert!(!y.is_tracked());
}

#[test]
#[cfg(not(feature = "reference-only"))]
fn an_id_that_is_not_a_row_is_refused_with_its_place() {
    for (id, word) in [(3, "id 3 in row 1 at position 2 is outside 0..3"), (-1, "id -1 in row 1 at position 2")] {
        let refused = std::panic::catch_unwind(|| {
            let device = Device::flex();
            let ids = Tensor::<2, Int>::from_ints([[0, 1, 2], [2, 1, id]], &device);
            embedding(Tensor::zeros([3, 2], &device), ids, None)
        });
        let message = *refused.unwrap_err().downcast::<String>().unwrap();
        assert!(message.contains(word), "{message}");
    }
}

#[test]
#[should_panic(expected = "padding_idx 3 is not one of the 3 rows")]
fn a_padding_row_that_is_none_is_refused() {
    let device = Device::flex();
    embedding(Tensor::zeros([3, 2], &device), Tensor::zeros([1, 1], &device), Some(3));
}
