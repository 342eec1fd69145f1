//! The device of a run, chosen by name.

use std::fmt;

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

/// Where a network is computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum DeviceName {
    /// The CPU, in pure Rust: always there.
    #[default]
    Flex,
    /// Any graphics processor, through Vulkan, Metal, DirectX or WebGPU; needs a build with feature `wgpu`.
    Wgpu,
    /// An NVIDIA graphics processor; needs a build with feature `cuda`.
    Cuda,
}

/// Why a device cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// The binary was built without the device's feature.
    #[error(
        "device {name} is not part of this build. Build with feature {name}: `cargo xtask train CRATE --device {name}` \
         does so, as does `cargo run --release -p firebrick-CRATE --example CRATE --features {name} -- train --device {name}`"
    )]
    NotBuilt {
        /// The device that was asked for.
        name: DeviceName,
    },
    /// The build knows the device, but the machine has none.
    #[error("no {name} device was found on this machine: install its driver, or use `--device flex`")]
    NotFound {
        /// The device that was asked for.
        name: DeviceName,
    },
}

impl DeviceName {
    /// The device, without automatic differentiation (`device.autodiff()` is for the trainer to ask for).
    ///
    /// # Errors
    /// [`DeviceError::NotBuilt`] when the binary lacks the feature, [`DeviceError::NotFound`] when the machine lacks the device.
    pub fn device(self) -> Result<Device, DeviceError> {
        match self {
            #[cfg(feature = "flex")]
            DeviceName::Flex => Ok(Device::flex()),
            #[cfg(feature = "wgpu")]
            DeviceName::Wgpu => wgpu(),
            #[cfg(feature = "cuda")]
            DeviceName::Cuda => cuda(),
            #[allow(unreachable_patterns, reason = "unreachable only when every device is built in")]
            name => Err(DeviceError::NotBuilt { name }),
        }
    }
}

#[cfg(feature = "wgpu")]
fn wgpu() -> Result<Device, DeviceError> {
    match Device::enumerate(burn::tensor::DeviceType::Wgpu).is_empty() {
        true => Err(DeviceError::NotFound { name: DeviceName::Wgpu }),
        false => Ok(Device::wgpu(burn::tensor::DeviceKind::DefaultDevice)),
    }
}

#[cfg(feature = "cuda")]
fn cuda() -> Result<Device, DeviceError> {
    match Device::enumerate(burn::tensor::DeviceType::Cuda).is_empty() {
        true => Err(DeviceError::NotFound { name: DeviceName::Cuda }),
        false => Ok(Device::cuda(0)),
    }
}

impl fmt::Display for DeviceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DeviceName::Flex => "flex",
            DeviceName::Wgpu => "wgpu",
            DeviceName::Cuda => "cuda",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flex_is_the_default_and_always_there() {
        assert_eq!(DeviceName::default(), DeviceName::Flex);
        assert_eq!(DeviceName::Flex.device().unwrap(), Device::flex());
    }

    #[cfg(not(feature = "cuda"))]
    #[test]
    fn a_device_that_is_not_built_in_tells_the_command_that_builds_it() {
        let error = DeviceName::Cuda.device().unwrap_err();
        assert_eq!(error, DeviceError::NotBuilt { name: DeviceName::Cuda });
        let text = error.to_string();
        assert!(text.contains("`cargo xtask train CRATE --device cuda`") && text.contains("--features cuda"), "{text}");
    }

    #[test]
    fn names_are_lower_case_in_files_and_messages() {
        assert_eq!(serde_json::to_string(&DeviceName::Wgpu).unwrap(), "\"wgpu\"");
        assert_eq!(DeviceName::Wgpu.to_string(), "wgpu");
    }
}
