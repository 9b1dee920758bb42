//! What a client asks before anything else: who is in the cluster, and what can this node do.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use crate::{
    cluster::Shared,
    protocol::{
        Empty,
        gossip::{
            ClusterInfo, EndPoint, MemberInfo, gossip_server::Gossip, member_info::VNodeState,
        },
        server_features::{SupportedMethods, server_features_server::ServerFeatures},
    },
};

pub struct Discovery(pub Arc<Shared>);

#[tonic::async_trait]
impl Gossip for Discovery {
    async fn read(&self, _: Request<Empty>) -> Result<Response<ClusterInfo>, Status> {
        let state = self.0.state();
        let members = state
            .ports
            .iter()
            .enumerate()
            .map(|(node, port)| MemberInfo {
                instance_id: Some(uuid::Uuid::from_u128(node as u128 + 1).into()),
                time_stamp: 0,
                state: if node == state.leader {
                    VNodeState::Leader.into()
                } else {
                    VNodeState::Follower.into()
                },
                is_alive: !state.down.contains(&node),
                http_end_point: Some(EndPoint {
                    address: "127.0.0.1".to_owned(),
                    port: u32::from(*port),
                }),
            })
            .collect();
        Ok(Response::new(ClusterInfo { members }))
    }
}

#[tonic::async_trait]
impl ServerFeatures for Discovery {
    async fn get_supported_methods(
        &self,
        _: Request<Empty>,
    ) -> Result<Response<SupportedMethods>, Status> {
        Ok(Response::new(SupportedMethods {
            methods: Vec::new(),
            event_store_server_version: "24.10.0".to_owned(),
        }))
    }
}
