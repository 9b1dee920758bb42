//! Generates the protocol from `protos/`, in Rust alone: no `protoc` has to be installed.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=protos");
    let files = ["streams.proto", "gossip.proto", "serverfeatures.proto"];
    let descriptors = protox::compile(files, ["protos"])?;
    tonic_build::configure()
        .build_client(false)
        .compile_fds(descriptors)?;
    Ok(())
}
