"""Transforms of pictures in AlbumentationsX, torchvision and Pillow, measured as the binary `augment` asks.

Each line of the input names a transform, height, width, channels and seconds; the answer is a line of JSON with pictures per
second of each library that has the transform. One thread; pictures are bytes in memory.
"""

import io
import json
import os
import sys
import time

os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"

import albumentations as A
import cv2
import numpy as np
import torch
from PIL import Image, ImageEnhance, ImageFilter, ImageOps
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F

cv2.setNumThreads(1)
torch.set_num_threads(1)

REPETITION_SECONDS = 2e-3
BILINEAR = v2.InterpolationMode.BILINEAR


def picture(height, width, channels):
    """Slopes with noise on them, as the binary makes them."""
    y, x, c = np.mgrid[:height, :width, :channels]
    return ((x // 2 + y // 3 + c * 40 + (x * y * 31 + c * 17) % 32) % 256).astype(np.uint8)


def rate(function, seconds):
    """Pictures per second: of short repetitions the best."""
    start, count, best = time.perf_counter(), 1, float("inf")
    while time.perf_counter() - start < seconds:
        turn = time.perf_counter()
        for _ in range(count):
            function()
        each = (time.perf_counter() - turn) / count
        best = min(best, each)
        count = min(max(int(REPETITION_SECONDS / each), 1), 1000)
    return 1 / best


def albumentations(side):
    """Transforms of AlbumentationsX."""
    half, eighth = side // 2, side // 8
    return {
        "horizontal_flip": A.HorizontalFlip(p=1),
        "vertical_flip": A.VerticalFlip(p=1),
        "transpose": A.Transpose(p=1),
        "rotate90": A.RandomRotate90(p=1),
        "crop": A.RandomCrop(half, half, p=1),
        "random_resized_crop": A.RandomResizedCrop((half, half), p=1),
        "pad": A.Pad(eighth, p=1),
        "resize": A.Resize(half, half, p=1),
        "rotate": A.Rotate((15, 15), p=1),
        "affine": A.Affine(rotate=(15, 15), translate_percent=(0.1, 0.1), scale=(1.1, 1.1), shear={"x": (5, 5), "y": (0, 0)}, p=1),
        "perspective": A.Perspective(p=1),
        "elastic": A.ElasticTransform(p=1),
        "grid_distortion": A.GridDistortion(num_steps=5, p=1),
        "brightness": A.RandomBrightnessContrast((0.3, 0.3), (0, 0), p=1),
        "contrast": A.RandomBrightnessContrast((0, 0), (0.3, 0.3), p=1),
        "gamma": A.RandomGamma((130, 130), p=1),
        "invert": A.InvertImg(p=1),
        "posterize": A.Posterize((4, 4), p=1),
        "solarize": A.Solarize((0.5, 0.5), p=1),
        "equalize": A.Equalize(p=1),
        "auto_contrast": A.AutoContrast(p=1),
        "clahe": A.CLAHE((2, 2), p=1),
        "saturation": A.ColorJitter((1, 1), (1, 1), (1.3, 1.3), (0, 0), p=1),
        "hue": A.HueSaturationValue((18, 18), (0, 0), (0, 0), p=1),
        "color_jitter": A.ColorJitter((0.8, 1.2), (0.8, 1.2), (0.8, 1.2), (-0.1, 0.1), p=1),
        "grayscale": A.ToGray(p=1),
        "channel_shuffle": A.ChannelShuffle(p=1),
        "channel_drop": A.ChannelDropout(p=1),
        "gaussian_noise": A.GaussNoise((0.1, 0.1), per_channel=True, p=1),
        "speckle_noise": A.MultiplicativeNoise((0.9, 1.1), elementwise=True, per_channel=True, p=1),
        "shot_noise": A.ShotNoise(p=1),
        "salt_and_pepper": A.SaltAndPepper(amount_range=(0.05, 0.05), p=1),
        "gaussian_blur": A.GaussianBlur((7, 7), (1.5, 1.5), p=1),
        "box_blur": A.Blur((5, 5), p=1),
        "median_blur_3": A.MedianBlur((3, 3), p=1),
        "median_blur_5": A.MedianBlur((5, 5), p=1),
        "motion_blur": A.MotionBlur((7, 7), angle_range=(30, 30), p=1),
        "defocus": A.Defocus((3, 3), (0.4, 0.4), p=1),
        "sharpen": A.Sharpen(p=1),
        "jpeg": A.ImageCompression(quality_range=(60, 60), p=1),
        "erasing": A.Erasing((0.1, 0.1), p=1),
        "cutout": A.CoarseDropout((4, 4), (0.2, 0.2), (0.2, 0.2), p=1),
        "grid_mask": A.GridDropout(p=1),
        "normalize": A.Normalize(mean=(0.5,), std=(0.25,), p=1),
    }


def corners(side):
    """Corners of a picture, and where they go."""
    last, by = side - 1, side // 8
    return [[0, 0], [last, 0], [last, last], [0, last]], [[by, by], [last - by, 0], [last, last - by], [0, last]]


def torchvision(x):
    """Functions of torchvision on a tensor [channels, height, width]."""
    side, channels = x.shape[1], x.shape[0]
    half, eighth = side // 2, side // 8
    crop = v2.RandomResizedCrop((half, half), antialias=False)
    elastic, jitter = v2.ElasticTransform(50.0, 5.0), v2.ColorJitter(0.2, 0.2, 0.2, 0.1)
    noise = x.float().div(255)
    order = [2, 0, 1]
    functions = {
        "horizontal_flip": lambda: F.horizontal_flip(x),
        "vertical_flip": lambda: F.vertical_flip(x),
        "transpose": lambda: x.transpose(1, 2).contiguous(),
        "rotate90": lambda: torch.rot90(x, 1, (1, 2)),
        "crop": lambda: F.crop(x, eighth, eighth, half, half).contiguous(),
        "random_resized_crop": lambda: crop(x),
        "pad": lambda: F.pad(x, [eighth]),
        "resize": lambda: F.resize(x, [half, half], antialias=False),
        "resize_antialias": lambda: F.resize(x, [half, half], antialias=True),
        "rotate": lambda: F.rotate(x, 15.0, interpolation=BILINEAR),
        "affine": lambda: F.affine(x, 15.0, [side // 10, 0], 1.1, [5.0, 0.0], interpolation=BILINEAR),
        "perspective": lambda: F.perspective(x, *corners(side), interpolation=BILINEAR),
        "elastic": lambda: elastic(x),
        "brightness": lambda: F.adjust_brightness(x, 1.3),
        "contrast": lambda: F.adjust_contrast(x, 1.3),
        "gamma": lambda: F.adjust_gamma(x, 1.3),
        "invert": lambda: F.invert(x),
        "posterize": lambda: F.posterize(x, 4),
        "solarize": lambda: F.solarize(x, 128),
        "equalize": lambda: F.equalize(x),
        "auto_contrast": lambda: F.autocontrast(x),
        "gaussian_noise": lambda: F.gaussian_noise(noise, 0.0, 0.1),
        "gaussian_blur": lambda: F.gaussian_blur(x, [7, 7], [1.5, 1.5]),
        "sharpen": lambda: F.adjust_sharpness(x, 1.5),
        "jpeg": lambda: F.jpeg(x, 60),
        "erasing": lambda: F.erase(x, eighth, eighth, half // 2, half, torch.zeros(1, 1, 1, dtype=torch.uint8)),
        "normalize": lambda: F.normalize(F.to_dtype(x, torch.float32, scale=True), [0.5] * channels, [0.25] * channels),
    }
    if channels == 3:
        functions |= {
            "saturation": lambda: F.adjust_saturation(x, 1.3),
            "hue": lambda: F.adjust_hue(x, 0.1),
            "color_jitter": lambda: jitter(x),
            "grayscale": lambda: F.rgb_to_grayscale(x, 3),
            "channel_shuffle": lambda: F.permute_channels(x, order),
        }
    return functions


def pillow(pixels):
    """Functions of Pillow on an image."""
    x = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    side, half, eighth = pixels.shape[0], pixels.shape[0] // 2, pixels.shape[0] // 8
    bilinear, black = Image.Resampling.BILINEAR, 0 if pixels.shape[2] == 1 else (0, 0, 0)
    turn = (0.9, 0.2, -5.0, -0.2, 0.9, 8.0)
    bend = (0.9, 0.1, 3.0, 0.05, 0.9, 4.0, 1e-4, 2e-4)
    flip = Image.Transpose

    def jpeg():
        file = io.BytesIO()
        x.save(file, "JPEG", quality=60)
        return Image.open(file).load()

    def erased():
        out = x.copy()
        out.paste(black, (eighth, eighth, eighth + half, eighth + half // 2))

    functions = {
        "horizontal_flip": lambda: x.transpose(flip.FLIP_LEFT_RIGHT),
        "vertical_flip": lambda: x.transpose(flip.FLIP_TOP_BOTTOM),
        "transpose": lambda: x.transpose(flip.TRANSPOSE),
        "rotate90": lambda: x.transpose(flip.ROTATE_90),
        "crop": lambda: x.crop((eighth, eighth, eighth + half, eighth + half)),
        "random_resized_crop": lambda: x.resize((half, half), bilinear, (eighth, eighth, side - eighth, side)),
        "pad": lambda: ImageOps.expand(x, eighth),
        "resize_antialias": lambda: x.resize((half, half), bilinear),
        "rotate": lambda: x.rotate(15, bilinear),
        "affine": lambda: x.transform(x.size, Image.Transform.AFFINE, turn, bilinear),
        "perspective": lambda: x.transform(x.size, Image.Transform.PERSPECTIVE, bend, bilinear),
        "brightness": lambda: ImageEnhance.Brightness(x).enhance(1.3),
        "contrast": lambda: ImageEnhance.Contrast(x).enhance(1.3),
        "invert": lambda: ImageOps.invert(x),
        "posterize": lambda: ImageOps.posterize(x, 4),
        "solarize": lambda: ImageOps.solarize(x, 128),
        "equalize": lambda: ImageOps.equalize(x),
        "auto_contrast": lambda: ImageOps.autocontrast(x),
        "gaussian_blur": lambda: x.filter(ImageFilter.GaussianBlur(1.5)),
        "box_blur": lambda: x.filter(ImageFilter.BoxBlur(2)),
        "median_blur_3": lambda: x.filter(ImageFilter.MedianFilter(3)),
        "median_blur_5": lambda: x.filter(ImageFilter.MedianFilter(5)),
        "sharpen": lambda: ImageEnhance.Sharpness(x).enhance(1.5),
        "jpeg": jpeg,
        "erasing": erased,
    }
    if pixels.shape[2] == 3:
        functions |= {
            "saturation": lambda: ImageEnhance.Color(x).enhance(1.3),
            "grayscale": lambda: x.convert("L").convert("RGB"),
        }
    return functions


def engines(height, width, channels):
    """What each library has, by name."""
    pixels = picture(height, width, channels)
    tensor = torch.from_numpy(pixels.copy()).permute(2, 0, 1).contiguous()

    def ready(transform):
        # Some give a view of the picture, whose work is done only when it is read.
        return lambda: np.ascontiguousarray(transform(image=pixels)["image"])

    first = {name: ready(transform) for name, transform in albumentations(height).items()}
    return {"AlbumentationsX": first, "torchvision": torchvision(tensor), "Pillow": pillow(pixels)}


def main():
    known = {}
    for line in sys.stdin:
        name, *size, seconds = line.split()
        size = tuple(map(int, size))
        if size not in known:
            known[size] = engines(*size)
        rates = {}
        for engine, functions in known[size].items():
            if name in functions:
                rates[engine] = rate(functions[name], float(seconds))
        print(json.dumps(rates), flush=True)


with torch.inference_mode():
    main()
