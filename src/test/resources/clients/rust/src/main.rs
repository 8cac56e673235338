//! Uses the generated client: example http://localhost:8080 PHOTOGRAPH OTHER_FILE

use resnet_serving::apis::configuration::Configuration;
use resnet_serving::apis::images_api::{classify, features, ClassifyParams, FeaturesParams};
use resnet_serving::apis::models_api::{classes, models, ClassesParams};
use resnet_serving::apis::Error;
use resnet_serving::models::{Classification, Problem};
use std::env;
use std::fmt::Debug;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(run())
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = env::args().collect();
    let photograph = || PathBuf::from(&arguments[2]);
    let other = || PathBuf::from(&arguments[3]);
    let configuration = Configuration {
        base_path: arguments[1].clone(),
        ..Configuration::default()
    };

    let wanted = ClassifyParams {
        top_k: Some(1),
        ..images(vec![photograph()])
    };
    let one = classify(&configuration, wanted).await?;
    println!("one file: {}", label(&one.results[0]));

    let wanted = images(vec![photograph(), other(), photograph()]);
    let many = classify(&configuration, wanted).await?;
    let labels: Vec<&str> = many.results.iter().map(label).collect();
    println!("many files: {}", labels.join(", "));

    let wanted = FeaturesParams {
        image: vec![photograph()],
        model: None,
        version: None,
        deadline_ms: None,
        crop: None,
        layer: None,
        normalize: None,
        dtype: None,
        encoding: None,
    };
    let answer = features(&configuration, wanted).await?;
    let array = answer.results[0].features.as_ref().unwrap();
    let count = array.values.as_ref().unwrap().len();
    println!("features: {} numbers of {}", count, array.layer);

    tell(classify(&configuration, images(vec![other()])).await);
    let name = "none".to_string();
    tell(classes(&configuration, ClassesParams { name, version: None }).await);

    for model in models(&configuration).await?.models {
        let state = model.versions.last().unwrap().state;
        println!("model: {} {}", model.name, serde_json::to_value(state)?.as_str().unwrap());
    }
    Ok(())
}

fn images(image: Vec<PathBuf>) -> ClassifyParams {
    ClassifyParams {
        image,
        model: None,
        version: None,
        deadline_ms: None,
        crop: None,
        top_k: None,
        logits: None,
        calibrated: None,
        abstain_below: None,
        head: None,
    }
}

fn label(result: &Classification) -> &str {
    match (&result.error, &result.predictions) {
        (Some(problem), _) => &problem.r#type,
        (None, Some(predictions)) => &predictions[0].label,
        (None, None) => "none",
    }
}

/// Prints what the service says of a request that failed.
fn tell<T: Debug, E: Debug>(answer: Result<T, Error<E>>) {
    match answer {
        Err(Error::ResponseError(response)) => {
            let problem: Problem = serde_json::from_str(&response.content).unwrap();
            let Problem { status, r#type: kind, title, detail, .. } = problem;
            println!("error: {status} {kind}, {title}: {detail}");
        }
        unexpected => panic!("{unexpected:?}"),
    }
}
