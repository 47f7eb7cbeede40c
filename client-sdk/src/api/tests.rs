use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::*;

/// Answers one request, and returns its first line.
async fn serve(status: &'static str, body: &'static str) -> (Api, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let api = Api::new(&format!("http://{}/base/", listener.local_addr().unwrap())).unwrap();
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 4096];
        let read = stream.read(&mut request).await.unwrap();
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        String::from_utf8_lossy(&request[..read])
            .lines()
            .next()
            .unwrap()
            .to_owned()
    });
    (api, served)
}

#[tokio::test]
async fn a_search_asks_for_its_filters_and_reads_the_page() {
    let body = r#"{"items":[],"next_cursor":"c","total":3,"total_exact":true,
        "facets":{"kind":[{"value":"model","label":null,"count":3}]},"index":{"slot":9,"finalized_slot":null,"taint_slot":8}}"#;
    let (api, served) = serve("200 OK", body).await;
    let search = Search {
        q: Some("größe & more".into()),
        kind: vec!["model".into(), "dataset".into()],
        untainted: true,
        descends_from: Some(Pubkey::default()),
        min_rating: Some(4.5),
        unit: Some("copy".into()),
        max_price: Some(u64::MAX),
        attributes: vec![("params.gte".into(), "7e9".into())],
        sort: Some("-price".into()),
        limit: Some(5),
        exact_count: true,
        facets: vec!["kind".into(), "tag".into()],
        facet_limit: Some(7),
        ..Search::default()
    };
    let page = api.listings(&search).await.unwrap();
    assert_eq!(
        (page.total, page.next_cursor.as_deref(), page.index),
        (
            3,
            Some("c"),
            Index {
                slot: Some(9),
                finalized_slot: None,
                taint_slot: Some(8)
            }
        )
    );
    let models = FacetCount {
        value: "model".into(),
        label: None,
        count: 3,
    };
    assert_eq!(page.facets["kind"], [models]);
    assert_eq!(
        served.await.unwrap(),
        "GET /base/v1/listings?q=gr%C3%B6%C3%9Fe+%26+more&kind=model&kind=dataset&descends_from=11111111111111111111111111111111\
         &untainted=true&min_rating=4.5&unit=copy&max_price=18446744073709551615&attr.params.gte=7e9&sort=-price&limit=5\
         &count=exact&facets=kind%2Ctag&facet_limit=7 HTTP/1.1"
    );
}

#[tokio::test]
async fn orders_are_asked_for_by_state_and_mode_and_stats_are_read() {
    let (api, served) = serve(
        "200 OK",
        r#"{"items":[],"next_cursor":null,"index":{"slot":9,"finalized_slot":null}}"#,
    )
    .await;
    let filter = OrderFilter {
        state: vec!["settled".into()],
        mode: vec!["one_time".into(), "lease".into()],
        ..OrderFilter::default()
    };
    assert_eq!(api.orders(&filter).await.unwrap().items, []);
    assert_eq!(
        served.await.unwrap(),
        "GET /base/v1/orders?state=settled&mode=one_time&mode=lease HTTP/1.1"
    );
    let body = r#"{"listings":2,"statuses":[],"kinds":[{"value":"model","count":2}],"licenses":[{"value":null,"count":2}],
        "publishers":[],"manifests":[],"edges":1,"proved_edges":0,"reviews":2,"orders":[],"disputed":0,"settled":[{"mint":"11111111111111111111111111111112",
        "orders":1,"volume":"99999999999999999999","fees":"1","royalties":"0"}],"index":{"slot":9,"finalized_slot":8}}"#;
    let (api, _) = serve("200 OK", body).await;
    let stats = api.stats().await.unwrap();
    assert_eq!(
        (stats.kinds[0].count, stats.settled[0].volume.as_str()),
        (2, "99999999999999999999")
    );
}

#[tokio::test]
async fn disputes_positions_proposals_and_epochs_are_asked_for_by_their_filters() {
    let empty = r#"{"items":[],"next_cursor":null,"index":{"slot":9,"finalized_slot":null}}"#;
    let key = Pubkey::new_from_array([1; 32]);
    let (api, served) = serve("200 OK", empty).await;
    let filter = DisputeFilter {
        subject: Some(key),
        case: vec!["order".into(), "version".into()],
        status: vec!["open".into()],
        ..DisputeFilter::default()
    };
    assert_eq!(api.disputes(&filter).await.unwrap().items, []);
    assert_eq!(
        served.await.unwrap(),
        format!("GET /base/v1/disputes?subject={key}&case=order&case=version&status=open HTTP/1.1")
    );
    let (api, served) = serve("200 OK", empty).await;
    let filter = PositionFilter {
        owner: Some(key),
        limit: Some(7),
        ..PositionFilter::default()
    };
    assert_eq!(api.positions(&filter).await.unwrap().items, []);
    assert_eq!(
        served.await.unwrap(),
        format!("GET /base/v1/positions?owner={key}&limit=7 HTTP/1.1")
    );
    let (api, served) = serve("200 OK", empty).await;
    let filter = ProposalFilter {
        status: vec!["voting".into(), "queued".into()],
        proposer: Some(key),
        action: vec!["transfer".into()],
        ..ProposalFilter::default()
    };
    assert_eq!(api.proposals(&filter).await.unwrap().items, []);
    assert_eq!(
        served.await.unwrap(),
        format!(
            "GET /base/v1/proposals?status=voting&status=queued&proposer={key}&action=transfer HTTP/1.1"
        )
    );
    let (api, served) = serve("200 OK", empty).await;
    let filter = EpochFilter {
        status: vec!["finished".into()],
        ..EpochFilter::default()
    };
    assert_eq!(api.epochs(&filter).await.unwrap().items, []);
    assert_eq!(
        served.await.unwrap(),
        "GET /base/v1/epochs?status=finished HTTP/1.1"
    );
}

#[tokio::test]
async fn a_publisher_is_read_with_and_without_a_profile() {
    let key = Pubkey::new_from_array([1; 32]);
    let body = |profile: &str| {
        let body = format!(
            r#"{{"address":"{key}","profile":{profile},"listings":2,"statuses":[{{"value":"active","count":2}}],"sales":3,
            "rating":4.5,"review_count":2,"rating_sum":9,"index":{{"slot":9,"finalized_slot":8}}}}"#
        );
        &*body.leak()
    };
    let hash = "00".repeat(32);
    let profile = format!(
        r#"{{"address":"{key}","name":"Alice","verified":true,
        "proof":{{"slot":1,"seq":1,"signature":null,"account_hash":"{hash}"}}}}"#
    );
    for (given, name) in [(profile.as_str(), Some("Alice")), ("null", None)] {
        let (api, served) = serve("200 OK", body(given)).await;
        let publisher = api.publisher(&key).await.unwrap();
        let profile = publisher.profile.as_ref();
        assert_eq!(
            profile.and_then(|profile| profile.account["name"].as_str()),
            name
        );
        assert_eq!(
            (publisher.sales, publisher.statuses[0].count),
            (3, 2),
            "{given}"
        );
        let asked = format!("GET /base/v1/publishers/{key} HTTP/1.1");
        assert_eq!(served.await.unwrap(), asked);
    }
}

#[tokio::test]
async fn a_problem_names_the_parameter_and_a_strange_answer_is_told_from_it() {
    let problem = r#"{"type":"about:blank","title":"Bad Request","status":400,"detail":"no such sort","parameter":"sort"}"#;
    let (api, _) = serve("400 Bad Request", problem).await;
    match api.listings(&Search::default()).await.unwrap_err() {
        ApiError::Refused {
            status: 400,
            detail,
            parameter,
        } => {
            assert_eq!(
                (detail.as_str(), parameter.as_deref()),
                ("no such sort", Some("sort"))
            );
        }
        other => panic!("{other}"),
    }
    let (api, _) = serve("404 Not Found", "<html>").await;
    let error = api.order(&Pubkey::default()).await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
    let (api, _) = serve("200 OK", r#"{"items":[{"address":"0OIl"}]}"#).await;
    let error = api.listings(&Search::default()).await.unwrap_err();
    assert!(
        matches!(error, ApiError::Format { .. }) && error.to_string().contains("0OIl"),
        "{error}"
    );
}

#[tokio::test]
async fn an_address_that_is_none_and_one_where_nobody_answers_are_named() {
    assert!(matches!(
        Api::new("localhost:80"),
        Err(ApiError::Address { .. })
    ));
    assert!(matches!(
        Api::new("ftp://host"),
        Err(ApiError::Address { .. })
    ));
    let port = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let error = Api::new(&format!("http://{port}"))
        .unwrap()
        .status()
        .await
        .unwrap_err();
    assert!(matches!(error, ApiError::Unreachable { .. }), "{error}");
}
