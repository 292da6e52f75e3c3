//! The page: sections in the order of a talk, from what the models are to what went wrong where.

use super::content::{ModelContent, RealFaces, ReportContent};
use super::html::{count, escape, number, percent, says, sheet};
use super::{figures, sentences, tables};
use crate::latent::Walk;

const STYLE: &str = include_str!("style.css");
/// Faces in a row of reconstructions and samples.
const COLUMNS: usize = 8;

/// A section that has something to show.
struct Section {
    id: &'static str,
    title: &'static str,
    body: String,
}

/// Everything after the first line of the file.
pub fn page(content: &ReportContent) -> String {
    let all = [
        ("models", "The models", models(content)),
        ("figures", "All figures", all_figures(content)),
        ("variance", "Explained variance", variance(content)),
        ("likelihood", "Likelihood", likelihood(content)),
        ("reconstructions", "Reconstructions", reconstructions(content)),
        ("unsaid", "What the generator cannot say", unsaid(content)),
        ("samples", "Samples", samples(content)),
        ("averages", "Averages of other lengths", averages(content)),
        ("walks", "Between two faces", walks(content)),
        ("axes", "The first axes", axes(content)),
        ("blur", "Blur and noise", blur(content)),
        ("copies", "Copies of training faces", copies(content)),
        ("training", "How they learned", training(content)),
        ("terms", "What the figures mean", TERMS.to_owned()),
    ];
    let sections: Vec<Section> =
        all.into_iter().map(|(id, title, body)| Section { id, title, body }).filter(|section| !section.body.is_empty()).collect();
    let names: Vec<String> = content.models.iter().map(|model| model.header.name.clone()).collect();
    let title = escape(&format!("{}: how well they do, and why", names.join(", ")));
    let links: String = sections.iter().map(|section| format!("<li><a href=\"#{}\">{}</a></li>", section.id, section.title)).collect();
    let bodies: String = sections
        .iter()
        .map(|section| format!("<section id=\"{}\">\n<h2>{}</h2>\n{}</section>\n", section.id, section.title, section.body))
        .collect();
    format!(
        "<meta name=\"viewport\" content=\"width=device-width, \
         initial-scale=1\">\n<title>{title}</title>\n<style>\n{STYLE}</style></head>\n\
         <body>\n{}<nav><ul>{links}</ul></nav>\n{bodies}</body></html>\n",
        head(content)
    )
}

fn head(content: &ReportContent) -> String {
    let what = match content.models.len() {
        1 => "One model of faces".to_owned(),
        many => format!("{many} models of faces, side by side"),
    };
    let real = match &content.real {
        RealFaces::Synthetic => "Where a picture shows an original, it is a face that the program has drawn: nobody has it. Figures and \
            curves come from the data all the same."
            .to_owned(),
        RealFaces::OfData { licence } => format!("Where a picture shows an original, it is a face of the data. {licence}"),
    };
    let notes: String = content.notes.iter().map(|note| format!("<p class=\"note\">{}</p>\n", escape(note))).collect();
    format!(
        "<header>\n<h1>{what}</h1>\n<p>Judged by {}; seed {}.</p>\n<p class=\"note\">{}</p>\n{notes}</header>\n",
        escape(&content.judged_by),
        content.seed,
        escape(&real)
    )
}

fn models(content: &ReportContent) -> String {
    content.models.iter().map(card).collect()
}

fn card(model: &ModelContent) -> String {
    let header = &model.header;
    let what = sentences::causes_of(header.kind).description;
    let shape = header.network.as_ref().map(|network| {
        let from = if header.kind.facts().has_encoder { "" } else { " from 4x4 up" };
        format!("convolutions with {} channels{from}", listed(&network.widths()))
    });
    let trained =
        header.training.clone().unwrap_or_else(|| "fitted in closed form: the axes of largest variance, found by linear algebra".into());
    let facts = [
        ("Kind", Some(format!("{}, {what}", header.kind.label()))),
        ("Faces", Some(format!("{0}x{0} pixels, k = {1}", header.size, header.latent_dim))),
        ("Network", shape),
        ("Parameters", model.parameters.map(count)),
        ("Learned from", Some(header.origin.clone())),
        ("Trained", Some(trained)),
        ("Terms", Some(header.licence.clone())),
    ];
    let rows: String = facts.into_iter().filter_map(|(name, fact)| Some(format!("<dt>{name}</dt><dd>{}</dd>\n", escape(&fact?)))).collect();
    format!("<div class=\"card\"><h3>{}</h3>\n<dl>\n{rows}</dl></div>\n", escape(&header.name))
}

fn listed(numbers: &[usize]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// One table for each size of faces: figures of pictures of different sizes do not compare.
fn all_figures(content: &ReportContent) -> String {
    let mut sizes: Vec<usize> = content.models.iter().map(|model| model.header.size).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let several = sizes.len() > 1;
    let mut body = String::from(
        "<p class=\"quiet\">Small numbers are ratios to the floor: what as many training faces reach in the place of samples. A dot \
         marks the best.</p>\n",
    );
    for size in sizes.into_iter().rev() {
        let models: Vec<ModelContent> = content.models.iter().filter(|model| model.header.size == size).cloned().collect();
        if several {
            body += &format!("<h3>{size}x{size} pixels</h3>\n");
        }
        body += &tables::figures(&models);
        body += &sentences::table(&models).map(|sentence| says(&sentence)).unwrap_or_default();
    }
    if several {
        body += "<p class=\"note\">Figures compare within a table only: smaller pictures have less detail to miss.</p>\n";
    }
    body + &content.models.iter().map(tables::levels).collect::<String>()
}

fn variance(content: &ReportContent) -> String {
    let told: String = content.models.iter().filter_map(sentences::explained_variance).map(|sentence| says(&sentence)).collect();
    if told.is_empty() {
        return told;
    }
    format!(
        "{}<p class=\"quiet\">Of pixels for PCA; of codes, or early features of a generator, for networks (dashed).</p>\n{told}",
        figures::explained_variance(&content.models)
    )
}

fn likelihood(content: &ReportContent) -> String {
    let mut body = String::new();
    if let Some(likelihood) = &content.likelihood {
        let (size, curve) = (likelihood.size, &likelihood.curve);
        body += &format!(
            "<p class=\"quiet\">Probabilistic PCA at {size}x{size} pixels, fitted anew on {} faces, {} held out. Lower is \
             better.</p>\n{}{}",
            count(curve.training_faces),
            count(curve.held_out_faces),
            figures::likelihood(likelihood),
            says(&sentences::likelihood(likelihood))
        );
    }
    for model in &content.models {
        body += &says(&sentences::density(model));
        if let Some(codes) = &model.codes {
            body += &says(&sentences::code_likelihood(&model.header.name, model.header.latent_dim, codes));
        }
    }
    body
}

fn reconstructions(content: &ReportContent) -> String {
    let mut body = String::new();
    for errors in &content.pca_errors {
        let told = sentences::errors_over_axes(errors, &content.models).map(|sentence| says(&sentence)).unwrap_or_default();
        body += &format!(
            "<h3>Error against the length of the code, {0}x{0} pixels</h3>\n{1}<p class=\"quiet\">Held-out faces; PCA fitted on {2} \
             training faces.</p>\n{told}",
            errors.size,
            figures::errors(errors, &content.models),
            count(errors.training_faces)
        );
    }
    for model in &content.models {
        body += &title(model);
        if let Some(pictures) = &model.pictures.reconstructions {
            body += &sheet(&pictures.originals, COLUMNS, "faces");
            body += &sheet(&pictures.reconstructed, COLUMNS, &format!("reconstructions of {}", model.header.name));
            body += &sheet(&pictures.differences, COLUMNS, "differences around grey");
            body += "<p class=\"quiet\">Originals, reconstructions, and twice the difference around grey: bright where the \
                reconstruction is too bright.</p>\n";
        }
        body += &says(&sentences::reconstruction(model));
    }
    body
}

/// Of every generator whose places for faces were searched for: faces over what comes from there, beside what the others give back.
fn unsaid(content: &ReportContent) -> String {
    let mut body = String::new();
    for model in content.models.iter().filter(|model| model.evaluation.way_back.as_ref().is_some_and(|found| found.is_inversion)) {
        body += &title(model);
        if let Some(pictures) = &model.pictures.inversions {
            body += &sheet(&pictures.originals, COLUMNS, "faces");
            body += &sheet(&pictures.reconstructed, COLUMNS, &format!("inversions of {}", model.header.name));
            body += &sheet(&pictures.differences, COLUMNS, "differences around grey");
            body += "<p class=\"quiet\">Originals, the nearest faces that were found in the generator's latent space, and twice the \
                difference around grey.</p>\n";
        }
        let beside: Vec<ModelContent> = content.models.iter().filter(|other| other.header.size == model.header.size).cloned().collect();
        let pca = content.pca_errors.iter().find(|errors| errors.size == model.header.size);
        body += &tables::way_back(&beside);
        body += &sentences::unsaid(model, &beside, pca).map(|sentence| says(&sentence)).unwrap_or_default();
    }
    body
}

fn samples(content: &ReportContent) -> String {
    let mut body = String::from(
        "<p class=\"quiet\">The same latents, scaled: truncation 1 is the model's own spread, less lies nearer to the mean.</p>\n",
    );
    for model in &content.models {
        body += &title(model);
        for (truncation, faces) in &model.pictures.samples {
            let truncation = number(f64::from(*truncation));
            let truncation = truncation.trim_end_matches('0').trim_end_matches('.');
            body += &format!("<p class=\"quiet\">Truncation {truncation}</p>\n");
            body += &sheet(faces, COLUMNS, &format!("samples of {} at truncation {truncation}", model.header.name));
        }
        body += &says(&sentences::samples(model));
    }
    body
}

fn averages(content: &ReportContent) -> String {
    let of = |model: &ModelContent| {
        let told = sentences::averages(model)?;
        Some(format!("{}{}{}{}", title(model), figures::averages(model), tables::averages(model), says(&told)))
    };
    let bodies: String = content.models.iter().filter_map(of).collect();
    if bodies.is_empty() {
        return bodies;
    }
    format!(
        "<p class=\"quiet\">The weights of the run averaged over other lengths, put together from its snapshots: how far back they count, \
         as a share of the training. Dashed: the floor.</p>\n{bodies}"
    )
}

fn walks(content: &ReportContent) -> String {
    let mut body = String::new();
    for model in &content.models {
        let Some(walks) = &model.pictures.walks else { continue };
        let ends = match walks.nearest_of {
            None => "from the reconstruction of the first face to that of the last".to_owned(),
            Some(samples) => format!("between the nearest of {} samples to each face, as there is no encoder", count(samples)),
        };
        let way = if model.header.kind.facts().walk == Walk::Around {
            "along a great circle, as the generator knows latents at the typical distance only"
        } else {
            "along a straight line"
        };
        body += &title(model);
        body += &sheet(&walks.faces, walks.columns, &format!("ways between pairs of faces through {}", model.header.name));
        body += &format!(
            "<p class=\"quiet\">The same pairs in every model: first and last stand the faces themselves, the way leads {ends}, \
             {way}.</p>\n"
        );
        body += &sentences::walk(model).map(|sentence| says(&sentence)).unwrap_or_default();
    }
    body
}

fn axes(content: &ReportContent) -> String {
    let mut body = String::new();
    for model in &content.models {
        let Some(pictures) = &model.pictures.axes else { continue };
        let shares: Vec<String> =
            model.explained_variance_ratio.iter().take(pictures.axes).map(|ratio| percent(f64::from(*ratio))).collect();
        body += &title(model);
        body += &sheet(&pictures.faces, pictures.axes, &format!("first axes of {} at -3, 0 and +3 sigma", model.header.name));
        body += &format!(
            "<p class=\"quiet\">Columns: axes 1 to {}, with {} of the variance. Rows: \u{2212}3, 0, +3 sigma.</p>\n",
            pictures.axes,
            shares.join(", ")
        );
        body += &sentences::axes(model).map(|sentence| says(&sentence)).unwrap_or_default();
    }
    body
}

fn blur(content: &ReportContent) -> String {
    let told = sentences::blur(&content.models).map(|sentence| says(&sentence)).unwrap_or_default();
    if told.is_empty() {
        return told;
    }
    format!(
        "{}<p class=\"quiet\">Band energy of samples: 1 (dotted) is that of real faces, less is blur, more is noise.</p>\n{told}",
        figures::band_energy(&content.models)
    )
}

fn copies(content: &ReportContent) -> String {
    let Some(told) = sentences::copies(&content.models) else { return String::new() };
    format!(
        "<p class=\"quiet\">Median distance of samples to the nearest training face, mirrored ones included, over that of faces that no \
         model was trained on.</p>\n{}{}",
        tables::neighbours(&content.models),
        says(&told)
    )
}

fn training(content: &ReportContent) -> String {
    let of = |model: &ModelContent| {
        let run = model.run.as_ref()?;
        let told = sentences::training(&model.header.name, run)?;
        Some(format!("{}{}{}{}", title(model), figures::training(run), tables::events(run), says(&told)))
    };
    content.models.iter().filter_map(of).collect()
}

fn title(model: &ModelContent) -> String {
    format!("<h3>{}</h3>\n", escape(&model.header.title()))
}

const TERMS: &str = "<dl>
<dt>MSE, PSNR</dt><dd>Mean squared error of pixels in [0, 1], and 10 log10(1 / MSE) in dB, of held-out faces.</dd>
<dt>SSIM</dt><dd>Structural similarity (Wang et al. 2004): 1 for the same picture.</dd>
<dt>Bits per dimension</dt><dd>What an ideal coder that uses the model spends on each number of an 8-bit picture (Theis et al. 2016).</dd>
<dt>SWD</dt><dd>Sliced Wasserstein distance of patches at each scale (Karras et al. 2018), times 1000; contrast does not count.</dd>
<dt>SWD-R</dt><dd>The same with both sets normalised by the real faces, so that blur and faint contrast count.</dd>
<dt>Band energy</dt><dd>Spread of a scale over that of real faces: below 1 blur, above 1 noise.</dd>
<dt>Precision, recall</dt><dd>Shares of samples among real faces, and of real faces among samples (k = 5 neighbours).</dd>
<dt>Density, coverage</dt><dd>The same counted more robustly (Naeem et al. 2020).</dd>
<dt>Neighbour ratio</dt><dd>Far below 1: copies of training faces.</dd>
<dt>Length of an average</dt><dd>Standard deviation of the times at which weights count, over the time of training (Karras et al. 2024).</dd>
<dt>Floor</dt><dd>What as many training faces reach in the place of samples: no model can be expected to do better.</dd>
</dl>
";
