//! What events there are: their stored types and versions, their fields, and what they mean, taken
//! from the definitions themselves.

/// One kind of event, in the version that is written now.
#[derive(Debug, Clone, Copy)]
pub struct EventKind {
    pub aggregate: &'static str,
    /// The name under which its fields stand in the JSON.
    pub variant: &'static str,
    /// As stored. Never used for anything else again.
    pub event_type: &'static str,
    pub version: &'static str,
    /// Lines of documentation.
    pub doc: &'static [&'static str],
    pub fields: &'static [EventField],
}

#[derive(Debug, Clone, Copy)]
pub struct EventField {
    pub name: &'static str,
    /// The type's name in the code, with the spaces that the compiler puts into it.
    pub code_type: &'static str,
    pub doc: &'static [&'static str],
}

impl EventField {
    /// Whether it is sealed with a key of the person.
    #[must_use]
    pub fn is_personal(&self) -> bool {
        self.code_type.contains("Pii")
    }
}

/// Every kind of event.
pub fn event_kinds() -> impl Iterator<Item = &'static EventKind> {
    crate::UserEvent::KINDS
        .iter()
        .chain(crate::Oauth2SessionEvent::KINDS)
        .chain(crate::PolicyDataEvent::KINDS)
}

/// Defines an aggregate's events: the enum, the stored type and version of each variant, and the
/// catalogue's entries, from one text.
macro_rules! events {
    (
        $(#[$meta:meta])*
        pub enum $name:ident of $aggregate:literal {
            $(
                $(#[doc = $doc:literal])+
                $variant:ident is $event_type:literal version $version:literal {
                    $(
                        $(#[doc = $field_doc:literal])*
                        $field:ident: $field_type:ty,
                    )*
                }
            )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $(
                $(#[doc = $doc])+
                $variant {
                    $(
                        $(#[doc = $field_doc])*
                        $field: $field_type,
                    )*
                },
            )+
        }

        impl $name {
            /// Each variant's entry in the catalogue.
            pub const KINDS: &'static [crate::EventKind] = &[
                $(
                    crate::EventKind {
                        aggregate: $aggregate,
                        variant: stringify!($variant),
                        event_type: $event_type,
                        version: $version,
                        doc: &[$($doc),+],
                        fields: &[
                            $(
                                crate::EventField {
                                    name: stringify!($field),
                                    code_type: stringify!($field_type),
                                    doc: &[$($field_doc),*],
                                },
                            )*
                        ],
                    },
                )+
            ];
        }

        impl cqrs_es::DomainEvent for $name {
            fn event_type(&self) -> String {
                match self {
                    $(Self::$variant { .. } => $event_type,)+
                }
                .to_owned()
            }

            fn event_version(&self) -> String {
                match self {
                    $(Self::$variant { .. } => $version,)+
                }
                .to_owned()
            }
        }
    };
}

pub(crate) use events;
