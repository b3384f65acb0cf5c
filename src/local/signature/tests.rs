use super::*;

/// The example of AWS's own documentation: `GET iam ListUsers` of 2015-08-30.
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

fn request(builder: http::request::Builder) -> Parts {
    builder.body(()).unwrap().into_parts().0
}

fn documented() -> http::request::Builder {
    http::Request::get("/?Action=ListUsers&Version=2010-05-08")
        .header("content-type", "application/x-www-form-urlencoded; charset=utf-8")
        .header("host", "iam.amazonaws.com")
        .header("x-amz-date", "20150830T123600Z")
}

fn authorization(signature: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, \
         SignedHeaders=content-type;host;x-amz-date, Signature={signature}"
    )
}

const GOOD: &str = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7";

fn check(parts: &Parts, secret: &str, token: Option<&Secret>, now: &str) -> Result<(), Rejection> {
    let Claim::Signed(signature) = claim(parts)? else { panic!("not signed") };
    verify(&signature, parts, &payload_hash(b""), &Secret::new(secret), token, now.parse().unwrap())
}

#[test]
fn the_documented_example_is_accepted() {
    let parts = request(documented().header("authorization", authorization(GOOD)));
    assert_eq!(check(&parts, SECRET, None, "2015-08-30T12:40:00Z"), Ok(()));
}

#[test]
fn another_secret_a_changed_request_and_an_old_one_are_refused() {
    let parts = request(documented().header("authorization", authorization(GOOD)));
    assert_eq!(check(&parts, "other", None, "2015-08-30T12:40:00Z"), Err(Rejection::Mismatch));
    assert_eq!(check(&parts, SECRET, None, "2015-08-30T12:52:00Z"), Err(Rejection::Expired));
    assert_eq!(check(&parts, SECRET, None, "2015-08-30T12:20:00Z"), Err(Rejection::Expired));
    assert_eq!(
        check(&parts, SECRET, Some(&Secret::new("token")), "2015-08-30T12:40:00Z"),
        Err(Rejection::InvalidToken)
    );

    let mut changed = parts.clone();
    changed.uri = "/?Action=DeleteUser&Version=2010-05-08".parse().unwrap();
    assert_eq!(check(&changed, SECRET, None, "2015-08-30T12:40:00Z"), Err(Rejection::Mismatch));
    let mut changed = parts.clone();
    changed.method = http::Method::POST;
    assert_eq!(check(&changed, SECRET, None, "2015-08-30T12:40:00Z"), Err(Rejection::Mismatch));
}

#[test]
fn what_is_no_complete_signature_of_version_4_is_refused() {
    for authorization in [
        "AWS AKIDEXAMPLE:c2lnbmF0dXJl",
        "AWS4-ECDSA-P256-SHA256 Credential=a/b/c/aws4_request",
        "AWS4-HMAC-SHA256 Credential=test/20150830/us-east-1/iam/aws4_request",
        "AWS4-HMAC-SHA256 Credential=test, SignedHeaders=host, Signature=00",
        "AWS4-HMAC-SHA256 Credential=a/20150830/us-east-1/iam/aws4_request, SignedHeaders=x-amz-date, Signature=00",
    ] {
        let parts = request(documented().header("authorization", authorization));
        assert_eq!(claim(&parts), Err(Rejection::Malformed), "{authorization}");
    }
    for query in ["AWSAccessKeyId=a&Signature=b&Expires=1", "X-Amz-Algorithm=AWS4-HMAC-SHA256", "x-amz-signature=0"] {
        let parts = request(http::Request::get(format!("/bucket/key?{query}")));
        assert_eq!(claim(&parts), Err(Rejection::Malformed), "{query}");
    }
}

#[test]
fn foreign_and_anonymous_requests_are_told_apart() {
    assert_eq!(claim(&request(http::Request::get("/bucket/key?list-type=2"))), Ok(Claim::Anonymous));
    let parts = request(http::Request::get("/").header("authorization", "Bearer x"));
    assert_eq!(claim(&parts), Ok(Claim::Foreign));
}

/// The presigned example of "Authenticating Requests: Using Query Parameters" in the S3 API Reference.
#[test]
fn a_presigned_address_is_good_for_its_lifetime() {
    let parts = request(
        http::Request::get(
            "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2F\
             s3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
             &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
        )
        .header("host", "examplebucket.s3.amazonaws.com"),
    );
    let secret = Secret::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    let Ok(Claim::Signed(signature)) = claim(&parts) else { panic!("not signed") };
    let at = |now: &str| verify(&signature, &parts, UNSIGNED_PAYLOAD, &secret, None, now.parse().unwrap());
    assert_eq!(at("2013-05-24T23:59:00Z"), Ok(()));
    assert_eq!(at("2013-05-25T00:01:00Z"), Err(Rejection::Expired));
}
