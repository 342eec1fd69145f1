//! The calculator against counting.

use proptest::prelude::*;

use crate::{AxisPadding, Rule, Window};

fn window() -> impl Strategy<Value = Window> {
    (1usize..7, 1usize..5, 1usize..4).prop_map(|(kernel, stride, dilation)| Window { kernel, stride, dilation })
}

/// Counts the starts from which all cells of the window lie inside the padded axis.
fn positions(window: Window, size: usize, before: usize, after: usize) -> usize {
    let padded = size + before + after;
    let inside = |start: &usize| (0..window.kernel).all(|cell| start + cell * window.dilation < padded);
    (0..padded).step_by(window.stride).filter(inside).count()
}

/// Cells that a transposed convolution touches: each input cell paints the window.
fn painted(window: Window, size: usize) -> usize {
    let cells = (0..size).flat_map(|i| (0..window.kernel).map(move |j| i * window.stride + j * window.dilation));
    cells.max().map_or(0, |last| last + 1)
}

proptest! {
    #[test]
    fn output_size_is_the_number_of_positions(
        window in window(), size in 1usize..40, before in 0usize..6, after in 0usize..6,
    ) {
        let counted = positions(window, size, before, after);
        let calculated = window.output_size(size, AxisPadding::Explicit(before, after), "height");
        prop_assert_eq!(calculated.unwrap_or(0), counted);
        prop_assert_eq!(window.output_size(size, AxisPadding::Valid, "width").unwrap_or(0), positions(window, size, 0, 0));
    }

    #[test]
    fn same_starts_once_per_stride_with_as_little_padding_as_that_takes(window in window(), size in 1usize..40) {
        let starts = (0..size).step_by(window.stride).count();
        prop_assert_eq!(window.output_size(size, AxisPadding::Same, "height"), Ok(starts));
        let (before, after) = window.padding(size, AxisPadding::Same).unwrap();
        prop_assert_eq!(positions(window, size, before, after), starts);
        prop_assert!(after == before || after == before + 1, "{} before, {} after", before, after);
        if after > 0 {
            prop_assert!(positions(window, size, before, after - 1) < starts, "one cell less would do");
        }
    }

    #[test]
    fn transposed_size_is_what_the_windows_paint(
        window in window(), size in 1usize..20, cut in (0usize..4, 0usize..4), extra in 0usize..5,
    ) {
        let grown = painted(window, size);
        let expected = (extra < window.stride).then(|| (grown + extra).saturating_sub(cut.0 + cut.1)).filter(|&n| n > 0);
        let padding = AxisPadding::Explicit(cut.0, cut.1);
        prop_assert_eq!(window.transposed_size(size, padding, Some(extra)).ok(), expected);
        let keras = grown.max(size * window.stride);
        prop_assert_eq!(window.transposed_size(size, AxisPadding::Valid, None), Ok(keras));
        prop_assert_eq!(window.transposed_size(size, AxisPadding::Same, None), Ok(size * window.stride));
    }

    #[test]
    fn a_convolution_over_the_transposed_output_gives_the_input_size_back(window in window(), size in 1usize..20) {
        let grown = window.transposed_size(size, AxisPadding::Explicit(0, 0), None).unwrap();
        prop_assert_eq!(window.output_size(grown, AxisPadding::Valid, "height"), Ok(size));
    }

    #[test]
    fn no_numbers_panic(
        numbers in prop::array::uniform6(prop_oneof![0usize..4, any::<usize>(), usize::MAX - 3..=usize::MAX]),
    ) {
        let [kernel, stride, dilation, size, before, after] = numbers;
        let window = Window { kernel, stride, dilation };
        for padding in [AxisPadding::Valid, AxisPadding::Same, AxisPadding::Explicit(before, after)] {
            let _ = window.output_size(size, padding, "height");
            let _ = window.transposed_size(size, padding, None);
            let _ = window.transposed_size(size, padding, Some(before));
        }
    }
}

#[test]
fn keras_sizes_of_transposed_convolutions() {
    // keras.layers.Conv2DTranspose on 5 cells: (kernel, stride, padding, output_padding) -> cells
    for (kernel, stride, padding, output_padding, expected) in [
        (3, 1, AxisPadding::Valid, None, 7),
        (3, 2, AxisPadding::Valid, None, 11),
        (2, 3, AxisPadding::Valid, None, 15),
        (3, 2, AxisPadding::Same, None, 10),
        (3, 2, AxisPadding::Same, Some(0), 9),
        (3, 2, AxisPadding::Same, Some(1), 10),
        (3, 2, AxisPadding::Valid, Some(1), 12),
    ] {
        let window = Window::new(kernel).with_stride(stride);
        assert_eq!(window.transposed_size(5, padding, output_padding), Ok(expected), "{window:?} {padding:?}");
    }
}

#[test]
fn what_cannot_be_is_refused_by_its_rule() {
    let valid = AxisPadding::Valid;
    assert_eq!(Window::new(0).output_size(5, valid, "height"), Err(Rule::Zero { what: "the kernel size" }));
    assert_eq!(Window::new(3).with_stride(0).span(), Err(Rule::Zero { what: "the stride" }));
    assert_eq!(Window::new(3).with_dilation(0).span(), Err(Rule::Zero { what: "the dilation" }));
    assert_eq!(Window::new(3).output_size(0, valid, "height"), Err(Rule::Zero { what: "height" }));
    assert_eq!(Window::new(3).with_dilation(usize::MAX).span(), Err(Rule::Overflow));
    assert_eq!(
        Window::new(3).with_dilation(2).output_size(2, AxisPadding::Explicit(1, 1), "width"),
        Err(Rule::WindowTooLarge { axis: "width", span: 5, size: 2, padding: 2 })
    );
    assert_eq!(
        Window::new(2).transposed_size(1, AxisPadding::Explicit(1, 1), None),
        Err(Rule::NothingLeft { size: 1, grown: 2, padding: 2 })
    );
    assert_eq!(
        Window::new(2).with_stride(2).transposed_size(1, valid, Some(2)),
        Err(Rule::OutputPadding { output_padding: 2, stride: 2 })
    );
}
