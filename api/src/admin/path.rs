//! Parameters of the path.

use muniment_domain::parse_ulid;
use poem::{Request, RequestBody, Result};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    registry::{MetaParamIn, MetaSchemaRef, Registry},
    types::Type,
};

use super::{AdminError, schema::Id};

/// One parameter of the path. The name is what poem-openapi recognises path parameters by.
pub struct Path<T>(pub T);

/// What a path parameter can be.
pub trait PathValue: Type + Sized {
    fn read(text: &str) -> Result<Self, AdminError>;
}

impl PathValue for Id {
    fn read(text: &str) -> Result<Self, AdminError> {
        parse_ulid(text).map(Self).map_err(AdminError::path_id)
    }
}

impl PathValue for String {
    fn read(text: &str) -> Result<Self, AdminError> {
        Ok(text.to_owned())
    }
}

impl<'a, T: PathValue> ApiExtractor<'a> for Path<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::Parameter];
    const PARAM_IS_REQUIRED: bool = true;

    type ParamType = T;
    type ParamRawType = T::RawValueType;

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn param_in() -> Option<MetaParamIn> {
        Some(MetaParamIn::Path)
    }

    fn param_schema_ref() -> Option<MetaSchemaRef> {
        Some(T::schema_ref())
    }

    async fn from_request(
        request: &'a Request,
        _body: &mut RequestBody,
        options: ExtractParamOptions<T>,
    ) -> Result<Self> {
        let text = request.raw_path_param(options.name).unwrap_or_default();
        Ok(Self(T::read(text)?))
    }
}
