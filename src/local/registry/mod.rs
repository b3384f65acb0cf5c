//! The registry of images: what docker, podman and their like speak to when they push and pull.
//!
//! ```text
//! aws ecr get-login-password ─▶ Logins: a password for whoever may ask for one
//! docker login, push, pull   ─▶ Pages:  password ─▶ caller ─▶ rights of the caller ─▶ the emulator's ECR
//! ```
//!
//! On AWS each account and region has a registry at a host of its own. Here all have one address, and repositories are
//! told apart by the beginning of their name: `127.0.0.1:PORT/ACCOUNT/REGION/NAME`. The plugin makes ECR say so.

mod address;
mod logins;
mod pages;

use std::sync::Arc;

use super::authority::Authority;
use super::front::{Proxy, Routes};
use logins::Logins;
use pages::RegistryPages;

/// The prefix of `X-Amz-Target` for ECR.
const TARGET: &str = "AmazonEC2ContainerRegistry_V20150921";

/// Where the protocol of engines lives. Signed requests below it are for other services, and never come here.
const PATH: &str = "/v2/";

/// Adds the registry to what stands behind the front at `endpoint`.
pub fn add(routes: Routes, endpoint: &str, authority: Authority, emulator: Proxy) -> Routes {
    let logins = Arc::new(Logins::new(endpoint));
    routes
        .service(TARGET, Arc::clone(&logins) as Arc<dyn super::Service>)
        .page(PATH, Arc::new(RegistryPages::new(logins, authority, emulator)))
}
