//! One async function a verb; they emit events and return values.
