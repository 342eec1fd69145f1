//! Pictures in folders, one folder for each class; the folder's name is the class.
//!
//! The pictures' sizes and colours are read first, from their headers alone; only when all fit together are they
//! decoded. Pictures are grey `[1, H, W]` when all of them are, otherwise all become colour `[3, H, W]`.

use std::fs;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits};

use super::compare_names;
use super::source::reserve;
use crate::error::DataError;
use crate::images::Images;

/// A picture may have this many pixels on a side, and take this much memory while it is decoded.
const MAX_SIDE: u32 = 1 << 15;
const MAX_DECODED: u64 = 512 << 20;
/// What systems put into folders by themselves.
const NOT_PICTURES: [&str; 2] = ["thumbs.db", "desktop.ini"];

/// A class with its picture files.
struct Class {
    name: String,
    files: Vec<PathBuf>,
}

/// Reads all pictures; those of different sizes only with a `size` (height and width), to which all are brought.
/// Classes and pictures are in the order of their names. Hidden files are left out.
///
/// # Errors
/// When a folder cannot be read, when there are fewer than two class folders or one without pictures, when a file is
/// no picture (png, jpeg, bmp, gif, webp) or a damaged one, when sizes differ, or when memory does not suffice.
pub fn read(dir: &Path, size: Option<[usize; 2]>) -> Result<Images, DataError> {
    let classes = list(dir)?;
    let names: Vec<String> = classes.iter().map(|class| class.name.clone()).collect();
    decode(dir, &classes, &names, size)
}

/// Reads pictures whose classes are those of a training set, in its order and brought to its size and colours.
///
/// # Errors
/// As [`read`], and when there is a class that the training set has not.
pub fn read_like(dir: &Path, train: &Images, train_dir: &Path) -> Result<Images, DataError> {
    let classes = list(dir)?;
    let unknown = |class: &&Class| !train.classes().contains(&class.name);
    if let Some(class) = classes.iter().find(unknown) {
        let (path, train) = (dir.join(&class.name), train_dir.to_path_buf());
        return Err(DataError::UnknownClass { path, class: class.name.clone(), train });
    }
    let [channels, height, width] = train.shape();
    decode_all(dir, &classes, train.classes(), Form { channels, height, width, resize: true })
}

/// What every picture is turned into.
#[derive(Clone, Copy)]
struct Form {
    channels: usize,
    height: usize,
    width: usize,
    resize: bool,
}

fn list(dir: &Path) -> Result<Vec<Class>, DataError> {
    let mut classes = Vec::new();
    for path in entries(dir)?.into_iter().filter(|path| path.is_dir()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let files = entries(&path)?;
        if files.is_empty() {
            return Err(DataError::Empty { path });
        }
        classes.push(Class { name, files });
    }
    if classes.len() < 2 {
        return Err(DataError::ClassFolders { path: dir.to_path_buf(), found: classes.len() });
    }
    classes.sort_by(|a, b| compare_names(&a.name, &b.name));
    Ok(classes)
}

/// What lies in a folder, by name, without hidden files.
fn entries(dir: &Path) -> Result<Vec<PathBuf>, DataError> {
    let failed = |source| DataError::Read { path: dir.to_path_buf(), source };
    let mut paths = Vec::new();
    for entry in fs::read_dir(dir).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        if !name.starts_with('.') && !NOT_PICTURES.contains(&name.as_str()) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn decode(dir: &Path, classes: &[Class], names: &[String], size: Option<[usize; 2]>) -> Result<Images, DataError> {
    let mut form: Option<(Form, &PathBuf)> = None;
    for path in classes.iter().flat_map(|class| &class.files) {
        let decoder = open(path)?;
        let (width, height) = decoder.dimensions();
        let found = [height as usize, width as usize];
        let channels = if decoder.color_type().has_color() { 3 } else { 1 };
        let [height, width] = size.unwrap_or(found);
        let (all, first) = form.get_or_insert((Form { channels, height, width, resize: size.is_some() }, path));
        all.channels = all.channels.max(channels);
        if [all.height, all.width] != [height, width] {
            let (path, first, expected) = (path.clone(), first.clone(), [all.height, all.width]);
            return Err(DataError::PictureSize { path, found, first, expected });
        }
    }
    match form {
        Some((form, _)) => decode_all(dir, classes, names, form),
        None => Err(DataError::Empty { path: dir.to_path_buf() }),
    }
}

fn decode_all(dir: &Path, classes: &[Class], names: &[String], form: Form) -> Result<Images, DataError> {
    let shape = [form.channels, form.height, form.width];
    let count: usize = classes.iter().map(|class| class.files.len()).sum();
    let bytes = shape.iter().fold(count as u128, |bytes, &side| bytes.saturating_mul(side as u128));
    let mut pixels = reserve(bytes, dir)?;
    let mut labels = Vec::with_capacity(count);
    for class in classes {
        let label = names.iter().position(|name| *name == class.name).unwrap_or(names.len());
        for path in &class.files {
            append(path, form, &mut pixels)?;
            labels.push(label as u32);
        }
    }
    Images::new(pixels, shape, labels, names.to_vec())
}

/// Reads one picture file in the form of a data set: `[C, H, W]` bytes, resized (triangle filter) where sizes differ.
///
/// # Errors
/// When the file cannot be read or is no picture.
pub fn read_picture(path: &Path, shape: [usize; 3]) -> Result<Vec<u8>, DataError> {
    let [channels, height, width] = shape;
    let mut pixels = Vec::new();
    append(path, Form { channels, height, width, resize: true }, &mut pixels)?;
    Ok(pixels)
}

fn append(path: &Path, form: Form, pixels: &mut Vec<u8>) -> Result<(), DataError> {
    let decoder = open(path)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| no_picture(path, &error))?;
    let (width, height) = (form.width as u32, form.height as u32);
    if form.resize && (picture.width(), picture.height()) != (width, height) {
        picture = picture.resize_exact(width, height, FilterType::Triangle);
    }
    if form.channels == 1 {
        pixels.extend(picture.into_luma8().into_raw());
        return Ok(());
    }
    let interleaved = picture.into_rgb8().into_raw();
    for channel in 0..3 {
        pixels.extend(interleaved.iter().skip(channel).step_by(3));
    }
    Ok(())
}

fn open(path: &Path) -> Result<impl ImageDecoder + use<>, DataError> {
    let failed = |source| DataError::Read { path: path.to_path_buf(), source };
    let file = fs::File::open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.is_dir() {
        let reason = "a folder inside a class folder".to_string();
        return Err(DataError::Picture { path: path.to_path_buf(), reason });
    }
    let mut reader = ImageReader::new(BufReader::new(file)).with_guessed_format().map_err(failed)?;
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(MAX_SIDE), Some(MAX_SIDE));
    limits.max_alloc = Some(MAX_DECODED);
    reader.limits(limits);
    reader.into_decoder().map_err(|error| no_picture(path, &error))
}

fn no_picture(path: &Path, error: &image::ImageError) -> DataError {
    DataError::Picture { path: path.to_path_buf(), reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::super::source::written::file;
    use super::*;

    fn save(dir: &Path, name: &str, picture: impl Into<DynamicImage>) {
        let path = dir.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        picture.into().save(path).unwrap();
    }

    fn grey(height: u32, width: u32, value: u8) -> image::GrayImage {
        image::GrayImage::from_fn(width, height, |x, y| image::Luma([value + (y * width + x) as u8]))
    }

    #[test]
    fn folders_are_classes_in_the_order_of_their_names() {
        let dir = tempfile::tempdir().unwrap();
        for (name, value) in [("10/b.png", 30), ("10/a.png", 20), ("9/z.png", 0)] {
            save(dir.path(), name, grey(2, 3, value));
        }
        fs::write(dir.path().join("9/.hidden"), "x").unwrap();
        fs::write(dir.path().join("9/Thumbs.db"), "x").unwrap();
        fs::write(dir.path().join("readme.txt"), "beside the classes").unwrap();
        let images = read(dir.path(), None).unwrap();
        assert_eq!((images.shape(), images.classes()), ([1, 2, 3], &["9".to_string(), "10".to_string()][..]));
        assert_eq!(images.labels(), [0, 1, 1]);
        assert_eq!(images.picture(1), [20, 21, 22, 23, 24, 25]);
    }

    #[test]
    fn one_colour_picture_makes_all_of_them_colour_in_planes() {
        let dir = tempfile::tempdir().unwrap();
        save(dir.path(), "a/1.png", grey(1, 2, 5));
        save(
            dir.path(),
            "b/1.png",
            image::RgbImage::from_fn(2, 1, |x, _| image::Rgb([1, 2, 3].map(|v| v + 10 * x as u8))),
        );
        let images = read(dir.path(), None).unwrap();
        assert_eq!(images.shape(), [3, 1, 2]);
        assert_eq!(images.picture(0), [5, 6, 5, 6, 5, 6]);
        assert_eq!(images.picture(1), [1, 11, 2, 12, 3, 13]);
    }

    #[test]
    fn different_sizes_are_an_error_or_brought_to_one() {
        let dir = tempfile::tempdir().unwrap();
        save(dir.path(), "a/1.png", grey(2, 3, 0));
        save(dir.path(), "b/1.png", grey(4, 5, 0));
        let message = read(dir.path(), None).unwrap_err().to_string();
        assert!(message.contains("4 x 5 pixels") && message.contains("has 2 x 3"), "{message}");
        let images = read(dir.path(), Some([6, 7])).unwrap();
        assert_eq!((images.shape(), images.len()), ([1, 6, 7], 2));
        let like = read_like(dir.path(), &images, dir.path()).unwrap();
        assert_eq!(like.picture(1), images.picture(1));
        let flat = image::GrayImage::from_pixel(4, 4, image::Luma([77]));
        save(dir.path(), "flat.png", flat);
        assert_eq!(read_picture(&dir.path().join("flat.png"), [3, 2, 2]).unwrap(), [77; 12]);
    }

    #[test]
    fn each_rule_has_its_message() {
        let dir = tempfile::tempdir().unwrap();
        let message = || read(dir.path(), None).unwrap_err().to_string();
        assert!(message().contains("0 class folder(s)"));
        save(dir.path(), "a/1.png", grey(2, 2, 0));
        assert!(message().contains("1 class folder(s)"));
        fs::create_dir(dir.path().join("b")).unwrap();
        assert!(message().contains("holds no sample"));
        let text = file(&dir, "b/notes.txt", b"no picture");
        assert!(message().contains("notes.txt: not a picture"));
        let png = fs::read(dir.path().join("a/1.png")).unwrap();
        fs::remove_file(text).unwrap();
        file(&dir, "b/cut.png", &png[..png.len() - 20]);
        assert!(message().contains("cut.png: not a picture"));
        fs::remove_file(dir.path().join("b/cut.png")).unwrap();
        fs::create_dir(dir.path().join("b/nested")).unwrap();
        assert!(message().contains("a folder inside a class folder"));
    }

    #[test]
    fn a_class_that_the_training_folder_has_not_is_named() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["train/a/1.png", "train/b/1.png", "test/a/1.png", "test/c/1.png"] {
            save(dir.path(), name, grey(2, 2, 0));
        }
        let train_dir = dir.path().join("train");
        let train = read(&train_dir, None).unwrap();
        let message = read_like(&dir.path().join("test"), &train, &train_dir).unwrap_err().to_string();
        assert!(message.contains("class \"c\" is not among the classes"), "{message}");
    }

    #[test]
    fn a_header_that_promises_a_giant_picture_takes_no_memory() {
        let dir = tempfile::tempdir().unwrap();
        let mut bmp = b"BM".to_vec();
        bmp.extend([0u8; 8]);
        bmp.extend(54u32.to_le_bytes());
        bmp.extend(40u32.to_le_bytes());
        bmp.extend([30_000u32.to_le_bytes(), 30_000u32.to_le_bytes()].concat());
        bmp.extend([1, 0, 24, 0]);
        bmp.extend([0u8; 24]);
        file(&dir, "a/1.bmp", &bmp);
        file(&dir, "b/1.bmp", &bmp);
        assert!(matches!(read(dir.path(), None), Err(DataError::Picture { .. })));
    }
}
