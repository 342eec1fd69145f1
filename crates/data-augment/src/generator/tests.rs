//! `ImageDataGenerator` against Keras's numbers, its flows, and what it refuses.

use std::path::Path;

use burn::data::dataloader::DataLoader;
use firebrick_data::Images;
use firebrick_data::readers::csv;
use serde_json::Value;

use super::*;
use crate::Pipeline;

fn fixture() -> Value {
    serde_json::from_str(include_str!("../../tests/fixtures/image_data_generator.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f32> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap() as f32).collect()
}

fn shape(value: &Value) -> [usize; 3] {
    serde_json::from_value(value.clone()).unwrap()
}

/// The picture of the fixtures, a formula.
fn picture([height, width, channels]: [usize; 3]) -> Picture {
    let value = |i: usize| {
        let (y, x, c) = (i / channels / width, i / channels % width, i % channels);
        ((y * 37 + x * 59 + c * 101 + y * x * 13) % 256) as f32
    };
    Picture::from_floats((0..height * width * channels).map(value).collect(), [height, width, channels]).unwrap()
}

fn generator(settings: &Value) -> ImageDataGenerator {
    let mut generator = ImageDataGenerator::new();
    for (name, value) in settings.as_object().unwrap() {
        let number = || value.as_f64().unwrap();
        generator = match name.as_str() {
            "fill_mode" => generator.fill_mode(serde_json::from_value(value.clone()).unwrap()),
            "cval" => generator.cval(number()),
            "interpolation_order" => generator.interpolation_order(number() as u8),
            "rescale" => generator.rescale(number()),
            "zca_epsilon" => generator.zca_epsilon(number()),
            "zca_whitening" => generator.zca_whitening(true),
            "samplewise_center" => generator.samplewise_center(true),
            "samplewise_std_normalization" => generator.samplewise_std_normalization(true),
            "featurewise_center" => generator.featurewise_center(true),
            "featurewise_std_normalization" => generator.featurewise_std_normalization(true),
            other => panic!("no parameter `{other}`"),
        };
    }
    generator
}

/// The largest difference, in units of the scale.
fn worst(found: &[f32], expected: &[f32], scale: f32) -> f32 {
    assert_eq!(found.len(), expected.len());
    found.iter().zip(expected).map(|(a, b)| (a - b).abs() / scale).fold(0.0, f32::max)
}

#[test]
fn pictures_are_transformed_as_by_keras() {
    let mut space = Workspace::new();
    for case in fixture()["transformed"].as_array().unwrap() {
        let (name, size) = (case["name"].as_str().unwrap(), shape(&case["shape"]));
        let parameters: TransformParameters = serde_json::from_value(case["parameters"].clone()).unwrap();
        let generator = generator(&case["settings"]);
        let expected = numbers(&case["result"]);
        let mut floats = Sample::new(picture(size));
        generator.apply_transform(&mut floats, parameters, &mut space).unwrap();
        let found = floats.picture.floats().unwrap();
        // Brightness goes through 8 bits: what lies at the edge of a level may fall to either side.
        let tolerance = if parameters.brightness.is_some() { 1.0 } else { 255.0 * 1e-4 };
        assert!(worst(found, &expected, 1.0) <= tolerance, "{name} {size:?}: {}", worst(found, &expected, 1.0));

        let bytes = picture(size).floats().unwrap().iter().map(|&value| value as u8).collect();
        let mut bytes = Sample::new(Picture::from_bytes(bytes, size).unwrap());
        generator.apply_transform(&mut bytes, parameters, &mut space).unwrap();
        let found: Vec<f32> = bytes.picture.bytes().unwrap().iter().map(|&byte| f32::from(byte)).collect();
        let levels = worst(&found, &expected, 1.0);
        // Bytes are rounded before the brightness as well, which multiplies what that leaves.
        let tolerance = if parameters.brightness.is_some() { 2.0 } else { 1.5 };
        assert!(levels <= tolerance, "{name} {size:?}, bytes: {levels}");
    }
}

#[test]
fn values_outside_of_bytes_are_brightened_as_by_keras() {
    let mut sample = Sample::new(picture([6, 6, 1]));
    let crate::ValuesMut::Floats(values) = sample.picture.values_mut() else { panic!("floats") };
    values.iter_mut().for_each(|value| *value = *value * 1.5 - 60.0);
    let parameters = TransformParameters { brightness: Some(1.3), ..TransformParameters::default() };
    ImageDataGenerator::new().apply_transform(&mut sample, parameters, &mut Workspace::new()).unwrap();
    let expected = numbers(&fixture()["bright_outside"]);
    // One level of the 8 bits is worth the spread of the values over 255.
    assert!(worst(sample.picture.floats().unwrap(), &expected, 382.5 / 255.0) <= 1.01);
}

/// The pictures that the fixture's generators are fitted to.
fn fitted_to(fixture: &Value) -> Vec<Picture> {
    let values = numbers(&fixture["fitted_to"]);
    values.chunks_exact(24).map(|values| Picture::from_floats(values.to_vec(), [3, 4, 2]).unwrap()).collect()
}

#[test]
fn pictures_are_standardised_and_whitened_as_by_keras() {
    let fixture = fixture();
    let pictures = fitted_to(&fixture);
    for case in fixture["standardised"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let generator = generator(&case["settings"]).fit(&pictures).unwrap();
        for (picture, expected) in pictures.iter().zip(case["results"].as_array().unwrap()) {
            let mut picture = picture.clone();
            generator.standardize(&mut picture, &mut Workspace::new()).unwrap();
            let expected = numbers(expected);
            let scale = expected.iter().map(|value| value.abs()).fold(1.0, f32::max);
            let worst = worst(picture.floats().unwrap(), &expected, scale);
            assert!(worst <= 1e-4, "{name}: {worst}");
        }
        if let Some(matrix) = case.get("matrix") {
            let expected = numbers(matrix);
            let scale = expected.iter().map(|value| value.abs()).fold(0.0, f32::max);
            let found = generator.statistics().unwrap().whitening.as_ref().unwrap().matrix();
            assert!(worst(found, &expected, scale) <= 1e-4, "{name}: the matrix");
        }
    }
}

#[test]
fn whitening_a_picture_of_many_more_values_than_pictures_stays_finite() {
    let shifted = |i: usize| {
        let values =
            picture([6, 7, 1]).floats().unwrap().iter().map(|value| (value * (i + 1) as f32) % 256.0).collect();
        Picture::from_floats(values, [6, 7, 1]).unwrap()
    };
    let pictures: Vec<Picture> = (0..5).map(shifted).collect();
    let generator = ImageDataGenerator::new().zca_whitening(true).fit(&pictures).unwrap();
    let mut picture = pictures[0].clone();
    generator.standardize(&mut picture, &mut Workspace::new()).unwrap();
    assert!(picture.floats().unwrap().iter().all(|value| value.is_finite()));
}

fn images(count: usize) -> Images {
    let pixels = (0..count * 3 * 4 * 5).map(|i| (i * 31 % 251) as u8).collect();
    let classes = vec!["a".into(), "b".into(), "c".into()];
    Images::new(pixels, [3, 4, 5], (0..count as u32).map(|i| i % 3).collect(), classes).unwrap()
}

#[test]
fn what_needs_fit_is_refused_without_it_and_for_other_pictures() {
    let mut space = Workspace::new();
    for generator in [
        ImageDataGenerator::new().featurewise_center(true),
        ImageDataGenerator::new().featurewise_std_normalization(true),
        ImageDataGenerator::new().zca_whitening(true),
    ] {
        let error = generator.standardize(&mut picture([3, 4, 2]), &mut space).unwrap_err();
        assert!(matches!(error, AugmentError::NotFitted { .. }), "{error}");
        let flow = generator.flow(&images(4), FlowOptions::new()).unwrap();
        assert!(flow.epoch(1).next().unwrap().is_err(), "the batch is an error, not a panic");
        let fitted = generator.fit(&images(9)).unwrap();
        let error = fitted.standardize(&mut picture([4, 5, 1]), &mut space).unwrap_err();
        assert!(matches!(error, AugmentError::FittedToOthers { .. }), "{error}");
    }
    let empty: Vec<Picture> = Vec::new();
    assert!(matches!(ImageDataGenerator::new().fit(&empty), Err(AugmentError::NothingToFit)));
    let mixed = vec![picture([3, 4, 1]), picture([4, 3, 1])];
    assert!(matches!(ImageDataGenerator::new().fit(&mixed), Err(AugmentError::FittedToOthers { .. })));
}

#[test]
fn parameters_that_break_a_rule_are_refused() {
    let refused = |generator: ImageDataGenerator| generator.check().unwrap_err().to_string();
    assert!(refused(ImageDataGenerator::new().rotation_range(f64::NAN)).contains("rotation_range"));
    assert!(refused(ImageDataGenerator::new().zoom_range([1.2, 0.8])).contains("zoom_range"));
    assert!(refused(ImageDataGenerator::new().zoom_range(1.0)).contains("zoom_range = [0, 2]"));
    assert!(refused(ImageDataGenerator::new().brightness_range([2.0, 1.0])).contains("brightness_range"));
    assert!(refused(ImageDataGenerator::new().validation_split(1.0)).contains("validation_split"));
    assert!(refused(ImageDataGenerator::new().interpolation_order(3)).contains("interpolation_order"));
    assert!(refused(ImageDataGenerator::new().width_shift_range(vec![])).contains("width_shift_range"));
    let flow = |options: FlowOptions| ImageDataGenerator::new().flow(&images(4), options).unwrap_err().to_string();
    assert!(flow(FlowOptions::new().batch_size(0)).contains("batch_size"));
    assert!(flow(FlowOptions::new().save_format("tiff")).contains("save_format"));
    assert!(flow(FlowOptions::new().subset(Subset::Training)).contains("validation_split"));
    assert!(flow(FlowOptions::new().class_mode(ClassMode::Binary)).contains("two classes"));
}

fn everything() -> ImageDataGenerator {
    ImageDataGenerator::new()
        .rotation_range(20.0)
        .width_shift_range(0.2)
        .height_shift_range(2u32)
        .brightness_range([0.8, 1.2])
        .shear_range(10.0)
        .zoom_range(0.2)
        .channel_shift_range(30.0)
        .horizontal_flip(true)
        .vertical_flip(true)
        .samplewise_std_normalization(true)
}

fn values(batch: &GeneratedBatch) -> Vec<f32> {
    batch.x.to_data().iter::<f32>().collect()
}

#[test]
fn any_number_of_workers_makes_the_same_batches_and_an_epoch_can_begin_anywhere() {
    let images = images(23);
    let flow =
        |workers: usize| everything().flow(&images, FlowOptions::new().batch_size(4).seed(3).workers(workers)).unwrap();
    let epoch =
        |workers, epoch| -> Vec<Vec<f32>> { flow(workers).epoch(epoch).map(|batch| values(&batch.unwrap())).collect() };
    let (first, second) = (epoch(0, 1), epoch(0, 2));
    assert_eq!((first.len(), second.len()), (6, 6));
    assert_ne!(first, second);
    for workers in [1, 2, 8] {
        assert!(epoch(workers, 1) == first && epoch(workers, 2) == second, "{workers} workers");
    }
    let resumed = flow(2).with_position(|| (2, 4));
    let rest: Vec<Vec<f32>> = resumed.iter().map(|batch| values(&batch.unwrap())).collect();
    assert_eq!(rest, second[4..]);
}

#[test]
fn batches_have_keras_layout_or_burns_and_the_targets_of_their_class_mode() {
    let images = images(7);
    let options = FlowOptions::new().batch_size(4).shuffle(false);
    let first = |generator: ImageDataGenerator, options: &FlowOptions| {
        generator.flow(&images, options.clone()).unwrap().epoch(1).next().unwrap().unwrap()
    };
    let batch = first(ImageDataGenerator::new(), &options);
    assert_eq!((batch.x.dims(), batch.indices.clone()), ([4, 4, 5, 3], vec![0, 1, 2, 3]));
    let GeneratedTargets::Sparse(labels) = &batch.y else { panic!("class numbers") };
    assert_eq!(labels.to_data().iter::<i64>().collect::<Vec<_>>(), [0, 1, 2, 0]);
    let burns = first(ImageDataGenerator::new().channels_first(true), &options);
    assert_eq!(burns.x.dims(), [4, 3, 4, 5]);
    let planes: Vec<f32> = (0..4).flat_map(|i| images.picture(i)).map(|&byte| f32::from(byte)).collect();
    assert_eq!(values(&burns), planes);
    let rows = first(ImageDataGenerator::new(), &options.clone().class_mode(ClassMode::Categorical));
    let GeneratedTargets::Categorical(rows) = rows.y else { panic!("rows") };
    assert_eq!(rows.to_data().iter::<f32>().collect::<Vec<_>>()[..6], [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
    let input = first(ImageDataGenerator::new(), &options.class_mode(ClassMode::Input));
    let GeneratedTargets::Input(pictures) = &input.y else { panic!("pictures") };
    assert_eq!(pictures.to_data().iter::<f32>().collect::<Vec<_>>(), values(&input));
}

#[test]
fn the_first_part_of_the_data_is_the_validation_subset() {
    let images = images(20);
    let generator = ImageDataGenerator::new().validation_split(0.3);
    let indices = |subset| {
        let flow = generator.flow(&images, FlowOptions::new().subset(subset).shuffle(false)).unwrap();
        flow.epoch(1).flat_map(|batch| batch.unwrap().indices).collect::<Vec<_>>()
    };
    assert_eq!(indices(Subset::Validation), (0..6).collect::<Vec<_>>());
    assert_eq!(indices(Subset::Training), (6..20).collect::<Vec<_>>());
    let few = ImageDataGenerator::new().validation_split(0.1);
    let error = few.flow(&images, FlowOptions::new().subset(Subset::Training)).unwrap_err();
    assert!(matches!(error, AugmentError::SplitClasses), "{error}");
    let options = FlowOptions::new().subset(Subset::Validation).ignore_class_split(true);
    assert_eq!(few.flow(&images, options).unwrap().num_batches(), 1);
}

fn store(path: &Path, value: u8, size: [u32; 2]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    image::RgbImage::from_pixel(size[1], size[0], image::Rgb([value, value / 2, 0])).save(path).unwrap();
}

#[test]
fn a_folder_of_folders_flows_with_its_classes_sizes_and_colours() {
    let folder = tempfile::tempdir().unwrap();
    for i in 0..4u32 {
        store(&folder.path().join(format!("dark/{i}.png")), 10, [5 + i, 6]);
        store(&folder.path().join(format!("light/deep/{i}.png")), 200, [8, 6 + i]);
    }
    std::fs::write(folder.path().join("light/notes.txt"), "no picture").unwrap();
    let generator = ImageDataGenerator::new().validation_split(0.25);
    let options = FlowOptions::new().target_size([4, 6]).shuffle(false).class_mode(ClassMode::Sparse);
    let flow = generator.flow_from_directory(folder.path(), options.clone()).unwrap();
    assert_eq!((flow.class_indices(), flow.num_items()), (&["dark".to_owned(), "light".to_owned()][..], 8));
    let batch = flow.epoch(1).next().unwrap().unwrap();
    assert_eq!(batch.x.dims(), [8, 4, 6, 3]);
    assert_eq!(values(&batch)[..3], [10.0, 5.0, 0.0]);
    let GeneratedTargets::Sparse(labels) = batch.y else { panic!("class numbers") };
    assert_eq!(labels.to_data().iter::<i64>().collect::<Vec<_>>(), [0, 0, 0, 0, 1, 1, 1, 1]);
    let valid = options.clone().subset(Subset::Validation);
    assert_eq!(generator.flow_from_directory(folder.path(), valid).unwrap().num_items(), 2);
    let gray = options.clone().color_mode(ColorMode::Grayscale).keep_aspect_ratio(true).classes(vec!["light".into()]);
    let gray = generator.flow_from_directory(folder.path(), gray).unwrap().epoch(1).next().unwrap().unwrap();
    // Pillow's grey of (200, 100, 0).
    assert_eq!((gray.x.dims(), values(&gray)[0]), ([4, 4, 6, 1], 118.0));
    std::fs::write(folder.path().join("dark/broken.png"), "no picture").unwrap();
    let broken = generator.flow_from_directory(folder.path(), options.clone()).unwrap();
    let error = broken.epoch(1).next().unwrap().unwrap_err().to_string();
    assert!(error.contains("broken.png"), "{error}");
    let missing = generator.flow_from_directory(folder.path().join("none"), options).unwrap_err();
    assert!(missing.to_string().contains("none"));
}

#[test]
fn a_table_flows_with_classes_numbers_and_weights() {
    let folder = tempfile::tempdir().unwrap();
    for i in 0..4u8 {
        store(&folder.path().join(format!("{i}.png")), 50 * i, [4, 4]);
    }
    let path = folder.path().join("table.csv");
    let rows = "filename,class,weight,left,top\n0.png,cat,1,0.5,1\n1.png,dog,2,1.5,2\ngone.png,cat,1,0,0\n2.png,,3,2.5,3\n3.png,cat,4,3.5,4\n";
    std::fs::write(&path, rows).unwrap();
    let table = csv::read(&path).unwrap();
    let generator = ImageDataGenerator::new();
    let options = FlowOptions::new().directory(folder.path()).target_size([4, 4]).shuffle(false).weight_col("weight");
    let flow = generator.flow_from_dataframe(&table, options.clone()).unwrap();
    assert_eq!((flow.class_indices(), flow.num_items(), flow.ignored()), (&["cat".into(), "dog".into()][..], 3, 2));
    let batch = flow.epoch(1).next().unwrap().unwrap();
    let GeneratedTargets::Categorical(rows) = batch.y else { panic!("rows") };
    assert_eq!(rows.to_data().iter::<f32>().collect::<Vec<_>>(), [1.0, 0.0, 0.0, 1.0, 1.0, 0.0]);
    assert_eq!(batch.weights.unwrap().to_data().iter::<f32>().collect::<Vec<_>>(), [1.0, 2.0, 4.0]);
    let raw = options.clone().class_mode(ClassMode::Raw).y_col(vec!["left".into(), "top".into()]);
    let batch = generator.flow_from_dataframe(&table, raw).unwrap().epoch(1).next().unwrap().unwrap();
    let GeneratedTargets::Raw(rows) = batch.y else { panic!("numbers") };
    assert_eq!(rows.to_data().iter::<f32>().collect::<Vec<_>>(), [0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0]);
    let refused = |options: FlowOptions| generator.flow_from_dataframe(&table, options).unwrap_err().to_string();
    assert!(refused(options.clone().x_col("file")).contains("no column `file`; it has: filename, class"));
    let named = options.clone().class_mode(ClassMode::Raw);
    assert!(refused(named).contains("`cat`: a number is needed"));
    assert!(refused(options.directory("elsewhere")).contains("no picture files"));
}

#[test]
fn pictures_are_stored_as_they_are_made() {
    let folder = tempfile::tempdir().unwrap();
    let options = FlowOptions::new().save_to_dir(folder.path()).save_prefix("aug").batch_size(2);
    let flow = everything().flow(&images(3), options.clone()).unwrap();
    assert!(flow.epoch(2).all(|batch| batch.is_ok()));
    let mut names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|f| f.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["aug_0_2.png", "aug_1_2.png", "aug_2_2.png"]);
    let nowhere = options.save_to_dir(folder.path().join("none"));
    assert!(everything().flow(&images(3), nowhere).unwrap().epoch(1).next().unwrap().is_err());
}

#[test]
fn the_random_part_is_a_step_of_a_pipeline_that_masks_follow() {
    let toml = "[[transforms]]\ntransform = \"random_transform\"\nrotation_range = 30\nwidth_shift_range = 0.1\nheight_shift_range = [1, 3]\nzoom_range = [0.8, 1.1]\nhorizontal_flip = true\n";
    let pipeline = Pipeline::from_toml(toml).unwrap();
    assert_eq!(Pipeline::from_json(&pipeline.to_json().unwrap()).unwrap(), pipeline);
    let mask = Picture::from_bytes((0..144).map(|i| u8::from(i % 12 < 5)).collect(), [12, 12, 1]).unwrap();
    let mut sample = Sample::new(picture([12, 12, 3])).with_mask(mask).unwrap();
    let before = sample.clone();
    pipeline.apply(&mut sample, Key::default(), &mut Workspace::new()).unwrap();
    assert!(sample.picture != before.picture && sample.mask != before.mask);
}

#[test]
fn the_preprocessing_function_comes_after_the_random_part_and_before_the_rescaling() {
    let generator = ImageDataGenerator::new().rescale(0.5).preprocessing_function(|picture| {
        let crate::ValuesMut::Floats(values) = picture.values_mut() else { panic!("floats") };
        values.iter_mut().for_each(|value| *value += 10.0);
    });
    let mut one = Picture::from_floats(vec![2.0], [1, 1, 1]).unwrap();
    generator.standardize(&mut one, &mut Workspace::new()).unwrap();
    assert_eq!(one.floats(), Some(&[6.0][..]));
}
