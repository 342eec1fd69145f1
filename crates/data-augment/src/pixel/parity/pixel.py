"""Writes pixel.json: what other libraries make of pictures, with given parameters.

pip install albumentationsx==2.5.1 torch==2.15.0 torchvision==0.29.2 opencv-python-headless==5.0.0.93 pillow==13.0.0
python pixel.py
"""

import io
import json
from importlib.metadata import version
from math import cos, radians, sin
from pathlib import Path

import albumentations as A
import cv2
import numpy as np
import torch
from PIL import Image
from torchvision.transforms.v2 import functional as F


def picture(height, width, channels):
    """The picture that the test makes by the same formula."""
    y, x, c = np.mgrid[:height, :width, :channels]
    return ((x * 7 + y * 5 + c * 40 + (x * y * 31 + c * 17) % 64) % 256).astype(np.uint8)


RGB, GREY, ODD = (20, 16, 3), (20, 16, 1), (11, 7, 3)
FLOAT = (9, 8, 3)


def torchvision(function, *arguments, **named):
    def of(pixels):
        tensor = torch.from_numpy(pixels.copy()).permute(2, 0, 1)
        return function(tensor, *arguments, **named).permute(1, 2, 0).numpy()

    return of


def opencv(function, *arguments, **named):
    return lambda pixels: function(pixels, *arguments, **named).reshape(pixels.shape)


def motion(size, degrees):
    """A line of `size` points, drawn into a kernel."""
    kernel, reach = np.zeros((size, size), np.float32), size // 2
    for at in range(-reach, reach + 1):
        kernel[round(sin(radians(degrees)) * at) + reach, round(cos(radians(degrees)) * at) + reach] = 1
    return opencv(cv2.filter2D, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REFLECT_101)


def albumentations(transform):
    return lambda pixels: A.Compose([transform])(image=pixels)["image"]


def clahe(pixels):
    return cv2.createCLAHE(2.0, (4, 2)).apply(pixels[..., 0])[..., None]


def jpeg(quality):
    def of(pixels):
        mode = pixels[..., 0] if pixels.shape[2] == 1 else pixels
        file = io.BytesIO()
        Image.fromarray(mode).save(file, "JPEG", quality=quality)
        return np.asarray(Image.open(file)).reshape(pixels.shape)

    return of


def blurred(size, sigma):
    return opencv(cv2.GaussianBlur, (size, size), sigma, borderType=cv2.BORDER_REFLECT_101)


BYTES = [
    (RGB, "torchvision", {"transform": "brightness", "factor": 1.37}, torchvision(F.adjust_brightness, 1.37)),
    (RGB, "torchvision", {"transform": "brightness", "factor": 0.4}, torchvision(F.adjust_brightness, 0.4)),
    (RGB, "torchvision", {"transform": "contrast", "factor": 1.6}, torchvision(F.adjust_contrast, 1.6)),
    (GREY, "torchvision", {"transform": "contrast", "factor": 0.3}, torchvision(F.adjust_contrast, 0.3)),
    (RGB, "torchvision", {"transform": "saturation", "factor": 1.7}, torchvision(F.adjust_saturation, 1.7)),
    (RGB, "torchvision", {"transform": "saturation", "factor": 0.2}, torchvision(F.adjust_saturation, 0.2)),
    (RGB, "torchvision", {"transform": "hue", "shift": 0.31}, torchvision(F.adjust_hue, 0.31)),
    (ODD, "torchvision", {"transform": "hue", "shift": -0.05}, torchvision(F.adjust_hue, -0.05)),
    (RGB, "torchvision", {"transform": "gamma", "gamma": 1.8}, torchvision(F.adjust_gamma, 1.8)),
    (RGB, "torchvision", {"transform": "grayscale"}, torchvision(F.rgb_to_grayscale, 3)),
    (RGB, "torchvision", {"transform": "invert"}, torchvision(F.invert)),
    (RGB, "torchvision", {"transform": "posterize", "bits": 3}, torchvision(F.posterize, 3)),
    (RGB, "torchvision", {"transform": "solarize", "threshold": 100 / 255}, torchvision(F.solarize, 100)),
    (RGB, "torchvision", {"transform": "equalize"}, torchvision(F.equalize)),
    (GREY, "torchvision", {"transform": "equalize"}, torchvision(F.equalize)),
    (ODD, "torchvision", {"transform": "auto_contrast"}, torchvision(F.autocontrast)),
    (RGB, "torchvision", {"transform": "sharpen", "factor": 2.0}, torchvision(F.adjust_sharpness, 2.0)),
    (ODD, "torchvision", {"transform": "sharpen", "factor": 0.1}, torchvision(F.adjust_sharpness, 0.1)),
    (
        RGB,
        "torchvision",
        {"transform": "gaussian_blur", "sigma": 1.3, "size": 7},
        torchvision(F.gaussian_blur, [7, 7], [1.3, 1.3]),
    ),
    (
        RGB,
        "torchvision",
        {
            "transform": "erasing",
            "part": {"top": 3, "left": 5, "height": 9, "width": 4},
            "fill": {"level": 0.0},
            "seed": 1,
        },
        torchvision(F.erase, 3, 5, 9, 4, torch.zeros(3, 1, 1, dtype=torch.uint8)),
    ),
    (RGB, "opencv", {"transform": "gaussian_blur", "sigma": 2.0, "size": 13}, blurred(13, 2.0)),
    (ODD, "opencv", {"transform": "gaussian_blur", "sigma": 0.8, "size": 5}, blurred(5, 0.8)),
    (RGB, "opencv", {"transform": "box_blur", "size": 5}, opencv(cv2.blur, (5, 5), borderType=cv2.BORDER_REFLECT_101)),
    (GREY, "opencv", {"transform": "box_blur", "size": 9}, opencv(cv2.blur, (9, 9), borderType=cv2.BORDER_REFLECT_101)),
    (RGB, "opencv", {"transform": "median_blur", "size": 3}, opencv(cv2.medianBlur, 3)),
    (RGB, "opencv", {"transform": "median_blur", "size": 5}, opencv(cv2.medianBlur, 5)),
    (GREY, "opencv", {"transform": "median_blur", "size": 7}, opencv(cv2.medianBlur, 7)),
    (RGB, "opencv", {"transform": "motion_blur", "size": 7, "degrees": 30.0}, motion(7, 30.0)),
    (RGB, "opencv", {"transform": "motion_blur", "size": 9, "degrees": 110.0}, motion(9, 110.0)),
    (GREY, "opencv", {"transform": "clahe", "clip_limit": 2.0, "tiles": [2, 4]}, clahe),
    (
        RGB,
        "albumentations",
        {"transform": "clahe", "clip_limit": 3.0, "tiles": [3, 3]},
        albumentations(A.CLAHE(clip_range=(3, 3), tile_grid_size=(3, 3), p=1)),
    ),
    (
        RGB,
        "albumentations",
        {"transform": "defocus", "radius": 3, "soft": 0.4},
        albumentations(A.Defocus(radius_range=(3, 3), alias_blur_range=(0.4, 0.4), p=1)),
    ),
    (RGB, "pillow", {"transform": "jpeg", "quality": 60}, jpeg(60)),
    (ODD, "pillow", {"transform": "jpeg", "quality": 20}, jpeg(20)),
    (GREY, "pillow", {"transform": "jpeg", "quality": 35}, jpeg(35)),
]

MEAN, DEVIATION = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
FLOATS = [
    ({"transform": "brightness", "factor": 1.37}, torchvision(F.adjust_brightness, 1.37)),
    ({"transform": "contrast", "factor": 1.6}, torchvision(F.adjust_contrast, 1.6)),
    ({"transform": "saturation", "factor": 1.7}, torchvision(F.adjust_saturation, 1.7)),
    ({"transform": "hue", "shift": 0.31}, torchvision(F.adjust_hue, 0.31)),
    ({"transform": "gamma", "gamma": 0.7}, torchvision(F.adjust_gamma, 0.7)),
    ({"transform": "invert"}, torchvision(F.invert)),
    ({"transform": "posterize", "bits": 3}, torchvision(F.posterize, 3)),
    ({"transform": "solarize", "threshold": 0.4}, torchvision(F.solarize, 0.4)),
    ({"transform": "auto_contrast"}, torchvision(F.autocontrast)),
    ({"transform": "sharpen", "factor": 2.0}, torchvision(F.adjust_sharpness, 2.0)),
    (
        {"transform": "gaussian_blur", "sigma": 1.3, "size": 7},
        torchvision(F.gaussian_blur, [7, 7], [1.3, 1.3]),
    ),
    (
        {"transform": "normalize", "mean": MEAN + [0.0], "deviation": DEVIATION + [1.0]},
        torchvision(F.normalize, MEAN, DEVIATION),
    ),
]


def main():
    cases = []
    for shape, peer, drawn, function in BYTES:
        out = np.ascontiguousarray(function(picture(*shape)))
        assert out.shape == shape and out.dtype == np.uint8, drawn
        cases.append({"peer": peer, "shape": shape, "drawn": drawn, "bytes": out.tobytes().hex()})
    for drawn, function in FLOATS:
        out = function(picture(*FLOAT).astype(np.float32) / 255)
        floats = [round(float(value), 6) for value in out.ravel()]
        cases.append({"peer": "torchvision", "shape": FLOAT, "drawn": drawn, "floats": floats})
    packages = ["albumentationsx", "opencv-python-headless", "pillow", "torchvision"]
    text = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    versions = json.dumps({package: version(package) for package in packages})
    Path(__file__).with_suffix(".json").write_text(f'{{"versions": {versions}, "cases": [\n{text}\n]}}\n')


main()
