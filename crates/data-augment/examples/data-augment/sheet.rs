//! A sheet of one picture, augmented again and again; the first one is the picture itself.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, ensure};
use firebrick_data_augment::{Key, Picture, Pipeline, Sample, Shape, Workspace, named};
use image::{RgbImage, imageops};

/// Pixels between pictures.
const GAP: usize = 2;
/// No sheet has more pixels on a side.
const MOST: usize = 16_384;

/// Arguments of the verb `sheet`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The picture (png, jpeg, bmp, gif, webp)
    picture: PathBuf,
    /// What to do with it: a name (flip-crop, handwriting, handwriting-elastic, keras, ...) or a pipeline in .toml or .json
    #[arg(long, value_name = "NAME or FILE", default_value = "flip-crop")]
    policy: String,
    /// Rows and columns
    #[arg(long, value_name = "RxC", default_value = "8x8", value_parser = grid)]
    grid: [usize; 2],
    /// Bring the picture to this many pixels on its longer side first
    #[arg(long, value_name = "N", default_value_t = 128)]
    side: usize,
    /// Seed of the draws
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Where to write the sheet
    #[arg(long, value_name = "FILE", default_value = "sheet.png")]
    out: PathBuf,
}

/// Reads the picture, draws the sheet, writes it.
pub(crate) fn sheet(args: &Args) -> anyhow::Result<()> {
    let file = args.picture.display().to_string();
    let image = image::open(&args.picture).with_context(|| file.clone())?;
    ensure!((1..=2048).contains(&args.side), "--side {}: 1 to 2048 pixels", args.side);
    let side = args.side as u32;
    let image = if image.width().max(image.height()) > side {
        image.resize(side, side, imageops::FilterType::Triangle)
    } else {
        image
    };
    let picture = Picture::from_image(&image.to_rgb8().into()).with_context(|| file)?;
    let pipeline = named::pipeline_or_file(&args.policy, picture.shape())?;
    let sheet = drawn(&picture, &pipeline, args)?;
    sheet.save(&args.out).with_context(|| args.out.display().to_string())?;
    let [rows, columns] = args.grid;
    writeln!(std::io::stdout(), "{} by {} pictures of {} in {}", rows, columns, args.policy, args.out.display())?;
    Ok(())
}

fn drawn(picture: &Picture, pipeline: &Pipeline, args: &Args) -> anyhow::Result<RgbImage> {
    let shapes = pipeline.shapes(picture.shape())?.into_iter().chain([picture.shape()]);
    let (height, width) = shapes.fold((0, 0), |(h, w), Shape { height, width, .. }| (h.max(height), w.max(width)));
    let [rows, columns] = args.grid;
    let (high, wide) = (rows * (height + GAP) + GAP, columns * (width + GAP) + GAP);
    ensure!(
        high.max(wide) <= MOST,
        "a sheet of {high} x {wide} pixels: at most {MOST}; give a smaller --grid or --side"
    );
    let mut sheet = RgbImage::from_pixel(wide as u32, high as u32, image::Rgb([255; 3]));
    let mut space = Workspace::new();
    for index in 0..rows * columns {
        let mut sample = Sample::new(picture.clone());
        if index > 0 {
            let key = Key { seed: args.seed, epoch: 1, index: index as u64 };
            pipeline.apply(&mut sample, key, &mut space)?;
        }
        let (row, column) = (index / columns, index % columns);
        let (x, y) = (GAP + column * (width + GAP), GAP + row * (height + GAP));
        imageops::replace(&mut sheet, &sample.picture.to_image().to_rgb8(), x as i64, y as i64);
    }
    Ok(sheet)
}

fn grid(text: &str) -> Result<[usize; 2], String> {
    let read = |part: &str| part.parse::<usize>().ok().filter(|count| (1..=100).contains(count));
    let sides = text.split_once('x').and_then(|(rows, columns)| Some([read(rows)?, read(columns)?]));
    sides.ok_or_else(|| "rows and columns from 1 to 100, such as 8x8".into())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::Verb;

    fn run(arguments: &str) -> anyhow::Result<()> {
        let words = ["data-augment", "sheet"].into_iter().chain(arguments.split_whitespace());
        let Verb::Sheet(args) = Verb::try_parse_from(words)?;
        sheet(&args)
    }

    #[test]
    fn a_sheet_has_the_picture_and_what_the_policy_makes_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from.png"), folder.path().join("to.png"));
        RgbImage::from_fn(40, 20, |x, y| image::Rgb([x as u8 * 6, y as u8 * 12, 9])).save(&from).unwrap();
        let places = format!("{} --out {}", from.display(), to.display());
        run(&format!("{places} --policy keras --grid 2x3 --side 20")).unwrap();
        let sheet = image::open(&to).unwrap().to_rgb8();
        assert_eq!(sheet.dimensions(), (3 * 22 + 2, 2 * 12 + 2));
        let file = folder.path().join("policy.toml");
        std::fs::write(&file, "[[transforms]]\ntransform = \"transpose\"\np = 1\n").unwrap();
        run(&format!("{places} --grid 1x2 --side 20 --policy {}", file.display())).unwrap();
        let sheet = image::open(&to).unwrap().to_rgb8();
        assert_eq!(sheet.get_pixel(2, 2), sheet.get_pixel(2 + 22, 2), "the corner stays");
        assert_eq!(sheet.get_pixel(2, 7), sheet.get_pixel(2 + 22 + 5, 2));
        let refused = |arguments: &str| format!("{:#}", run(&format!("{places} {arguments}")).unwrap_err());
        assert!(refused("--policy kears").contains("no policy `kears`"));
        assert!(refused("--grid 0x3").contains("1 to 100"));
        assert!(format!("{:#}", run("gone.png").unwrap_err()).contains("gone.png"));
    }
}
