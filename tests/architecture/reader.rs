//! Reads a file's code with `syn`: every path that it names, by whatever way, and every string.
//!
//! Bodies of macros are read as tokens, so that a path in them counts whether they parse as code or not.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Attribute, Ident, ImplItem, Item, Meta, Token, Type, UseTree, Visibility};

use super::code::{Child, Code, EnumDefinition, Manner, Named, Place};

/// Goes through files and notes what they say.
pub struct Reader<'a> {
    /// Where the reader stands, but for the line.
    place: Place,
    /// What `Self` stands for.
    self_type: Option<Vec<String>>,
    /// Variables of the functions around, which hide items of the same name.
    locals: Vec<BTreeSet<String>>,
    code: &'a mut Code,
}

impl<'a> Reader<'a> {
    /// A reader of the file at a place.
    pub fn new(place: Place, code: &'a mut Code) -> Self {
        Self { place, self_type: None, locals: Vec::new(), code }
    }

    pub fn read(&mut self, file: &syn::File) {
        self.visit_file(file);
    }

    fn at(&self, line: usize) -> Place {
        Place { line, ..self.place.clone() }
    }

    /// Reads what an attribute may take out of the program.
    fn within(&mut self, attributes: &[Attribute], read: impl FnOnce(&mut Self)) {
        let outside = self.place.is_test;
        self.place.is_test |= attributes.iter().any(is_only_for_tests);
        read(self);
        self.place.is_test = outside;
    }

    /// Reads a function, whose variables hide items.
    fn with_locals(&mut self, locals: Locals, read: impl FnOnce(&mut Self)) {
        self.locals.push(locals.0);
        read(self);
        self.locals.pop();
    }

    fn name(&mut self, mut segments: Vec<String>, manner: Manner, alias: Option<String>, line: usize) {
        if let [name] = &segments[..]
            && manner == Manner::Inline
            && self.locals.iter().any(|locals| locals.contains(name))
        {
            return;
        }
        if segments[0] == "Self"
            && let Some(self_type) = &self.self_type
        {
            segments.splice(..1, self_type.iter().cloned());
        }
        let place = self.at(line);
        self.code.names.push(Named { segments, alias, manner, place });
    }

    /// The leaves of a tree of imports.
    fn import(&mut self, tree: &UseTree, before: &[String], is_public: bool) {
        let (one, all) = if is_public { (Manner::ReExport, Manner::ReExportedGlob) } else { (Manner::Import, Manner::Glob) };
        // `a::{self}` names `a`.
        let longer = |name: String| if name == "self" && !before.is_empty() { before.to_vec() } else { [before, &[name]].concat() };
        match tree {
            UseTree::Path(path) => self.import(&path.tree, &[before, &[path.ident.to_string()]].concat(), is_public),
            UseTree::Name(name) => {
                let segments = longer(name.ident.to_string());
                let alias = segments.last().cloned();
                self.name(segments, one, alias, line_of(&name.ident));
            }
            UseTree::Rename(rename) => {
                self.name(longer(rename.ident.to_string()), one, Some(rename.rename.to_string()), line_of(&rename.ident));
            }
            UseTree::Glob(glob) => self.name(before.to_vec(), all, None, glob.star_token.spans[0].start().line),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.import(tree, before, is_public)),
        }
    }

    /// The paths and strings in tokens. Names without `::` count only `with_single_names`.
    fn tokens(&mut self, tokens: TokenStream, with_single_names: bool) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let is = |at: usize, wanted: char| matches!(tokens.get(at), Some(TokenTree::Punct(found)) if found.as_char() == wanted);
        let is_before = |at: usize, back: usize, wanted: char| at >= back && is(at - back, wanted);
        let mut at = 0;
        while at < tokens.len() {
            let first = at;
            at += 1;
            match &tokens[first] {
                TokenTree::Group(group) => self.tokens(group.stream(), with_single_names),
                TokenTree::Literal(literal) => {
                    if let syn::Lit::Str(text) = syn::Lit::new(literal.clone()) {
                        self.visit_lit_str(&text);
                    }
                }
                TokenTree::Ident(ident) => {
                    let line = line_of(ident);
                    let mut segments = vec![ident.to_string()];
                    while is(at, ':')
                        && is(at + 1, ':')
                        && let Some(TokenTree::Ident(next)) = tokens.get(at + 2)
                    {
                        segments.push(next.to_string());
                        at += 3;
                    }
                    // The field or method of a value, the rest of `Vec::<u8>::new`, the name of a field before its value.
                    let is_member = is_before(first, 1, '.') && !is_before(first, 2, '.');
                    let is_after_colons = is_before(first, 1, ':') && is_before(first, 2, ':');
                    let is_rest = is_after_colons && is_before(first, 3, '>');
                    let is_field = segments.len() == 1 && is(at, ':') && !is(at + 1, ':');
                    if is_after_colons {
                        segments.insert(0, String::new());
                    }
                    if !is_member && !is_rest && !is_field && (with_single_names || segments.len() > 1) {
                        self.name(segments, Manner::Inline, None, line);
                    }
                }
                TokenTree::Punct(_) => {}
            }
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let (attributes, name): (&[Attribute], _) = match item {
            Item::Const(item) => (&item.attrs, Some(&item.ident)),
            Item::Enum(item) => (&item.attrs, Some(&item.ident)),
            Item::Fn(item) => (&item.attrs, Some(&item.sig.ident)),
            Item::Impl(item) => (&item.attrs, None),
            Item::Macro(item) => (&item.attrs, item.ident.as_ref()),
            Item::Mod(item) => (&item.attrs, None),
            Item::Static(item) => (&item.attrs, Some(&item.ident)),
            Item::Struct(item) => (&item.attrs, Some(&item.ident)),
            Item::Trait(item) => (&item.attrs, Some(&item.ident)),
            Item::Type(item) => (&item.attrs, Some(&item.ident)),
            Item::Union(item) => (&item.attrs, Some(&item.ident)),
            Item::Use(item) => (&item.attrs, None),
            _ => (&[], None),
        };
        self.within(attributes, |reader| {
            if let Some(name) = name {
                let place = reader.at(line_of(name));
                reader.code.definitions.push((name.to_string(), place));
            }
            visit::visit_item(reader, item);
        });
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        let attributes: &[Attribute] = match item {
            ImplItem::Const(item) => &item.attrs,
            ImplItem::Fn(item) => &item.attrs,
            ImplItem::Type(item) => &item.attrs,
            ImplItem::Macro(item) => &item.attrs,
            _ => &[],
        };
        self.within(attributes, |reader| visit::visit_impl_item(reader, item));
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let name = item.ident.to_string();
        let place = self.at(line_of(&item.ident));
        self.code.children.push(Child { name: name.clone(), is_in_own_file: item.content.is_none(), place });
        self.place.module.push(name);
        visit::visit_item_mod(self, item);
        self.place.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let before = if item.leading_colon.is_some() { vec![String::new()] } else { Vec::new() };
        self.import(&item.tree, &before, !matches!(item.vis, Visibility::Inherited));
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        let variants = item.variants.iter().map(|variant| (variant.ident.to_string(), line_of(&variant.ident))).collect();
        let place = self.at(line_of(&item.ident));
        self.code.enums.push(EnumDefinition { name: item.ident.to_string(), variants, place });
        let outside = self.self_type.replace(vec![item.ident.to_string()]);
        visit::visit_item_enum(self, item);
        self.self_type = outside;
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        if let Some(segments) = path_of(&item.ty) {
            self.code.type_aliases.push((item.ident.to_string(), segments));
        }
        visit::visit_item_type(self, item);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let outside = std::mem::replace(&mut self.self_type, path_of(&item.self_ty));
        visit::visit_item_impl(self, item);
        self.self_type = outside;
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        let mut locals = Locals::default();
        locals.visit_item_fn(item);
        self.with_locals(locals, |reader| visit::visit_item_fn(reader, item));
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        let mut locals = Locals::default();
        locals.visit_impl_item_fn(item);
        self.with_locals(locals, |reader| visit::visit_impl_item_fn(reader, item));
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        let mut locals = Locals::default();
        locals.visit_trait_item_fn(item);
        self.with_locals(locals, |reader| visit::visit_trait_item_fn(reader, item));
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.name(segments_of(path), Manner::Inline, None, line_of(&path.segments[0].ident));
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.visit_path(&call.path);
        self.tokens(call.tokens.clone(), true);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        let Meta::List(list) = &attribute.meta else { return };
        let before = self.code.strings.len();
        self.tokens(list.tokens.clone(), false);
        // Messages of errors are sentences; what clap is told of flags is not.
        if ["arg", "command", "group", "value"].iter().any(|name| list.path.is_ident(name)) {
            self.code.strings.truncate(before);
        }
    }

    /// `pub(in crate::a)` names a module above, which is no import of it.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_lit_str(&mut self, text: &'ast syn::LitStr) {
        let place = self.at(text.span().start().line);
        self.code.strings.push((text.value(), place));
    }
}

/// The variables that patterns bind.
#[derive(Default)]
struct Locals(BTreeSet<String>);

impl<'ast> Visit<'ast> for Locals {
    fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
        let name = pattern.ident.to_string();
        // A constant or a variant in a pattern looks like a variable.
        if !name.starts_with(char::is_uppercase) {
            self.0.insert(name);
        }
        visit::visit_pat_ident(self, pattern);
    }
}

fn line_of(ident: &Ident) -> usize {
    ident.span().start().line
}

fn segments_of(path: &syn::Path) -> Vec<String> {
    let root = path.leading_colon.is_some().then(String::new);
    root.into_iter().chain(path.segments.iter().map(|segment| segment.ident.to_string())).collect()
}

fn path_of(ty: &Type) -> Option<Vec<String>> {
    match ty {
        Type::Path(path) => Some(segments_of(&path.path)),
        _ => None,
    }
}

/// Whether an attribute leaves something out of everything but tests.
fn is_only_for_tests(attribute: &Attribute) -> bool {
    match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => list.parse_args::<Meta>().is_ok_and(|condition| asks_for_tests(&condition)),
        _ => false,
    }
}

fn asks_for_tests(condition: &Meta) -> bool {
    let parts = |list: &syn::MetaList| {
        list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
            .map_or_else(|_| Vec::new(), |parts| parts.into_iter().collect())
    };
    match condition {
        Meta::Path(path) => path.is_ident("test"),
        Meta::List(list) if list.path.is_ident("all") => parts(list).iter().any(asks_for_tests),
        Meta::List(list) if list.path.is_ident("any") => parts(list).iter().all(asks_for_tests),
        _ => false,
    }
}
