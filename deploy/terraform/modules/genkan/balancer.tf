# The load balancer, the only way to the site.

locals {
  dns_records = {
    site = { name = "${var.domain}.", type = "A", value = google_compute_global_address.site.address }
    certificate = {
      name  = google_certificate_manager_dns_authorization.site.dns_resource_record[0].name
      type  = google_certificate_manager_dns_authorization.site.dns_resource_record[0].type
      value = google_certificate_manager_dns_authorization.site.dns_resource_record[0].data
    }
  }
}

resource "google_compute_global_address" "site" {
  name = "genkan"
}

resource "google_dns_record_set" "site" {
  for_each     = { for name, record in local.dns_records : name => record if var.dns_zone != null }
  managed_zone = var.dns_zone
  name         = each.value.name
  type         = each.value.type
  ttl          = 300
  rrdatas      = [each.value.value]
}

resource "google_compute_region_network_endpoint_group" "site" {
  name                  = "genkan"
  region                = var.region
  network_endpoint_type = "SERVERLESS"
  cloud_run {
    service = google_cloud_run_v2_service.site.name
  }
}

# A flood from one address ends here; the site's own limits are stricter and know members. No rules that look for SQL or
# scripts in what is typed: a password may contain them, and the site escapes both.
resource "google_compute_security_policy" "site" {
  name = "genkan"
  type = "CLOUD_ARMOR"
  rule {
    description = "Changes and refreshes from one address"
    action      = "throttle"
    priority    = 1000
    match {
      expr {
        expression = "request.method == 'POST'"
      }
    }
    rate_limit_options {
      conform_action = "allow"
      exceed_action  = "deny(429)"
      enforce_on_key = "IP"
      rate_limit_threshold {
        count        = 600
        interval_sec = 60
      }
    }
  }
  rule {
    description = "All requests from one address"
    action      = "throttle"
    priority    = 2000
    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
    rate_limit_options {
      conform_action = "allow"
      exceed_action  = "deny(429)"
      enforce_on_key = "IP"
      rate_limit_threshold {
        count        = 6000
        interval_sec = 60
      }
    }
  }
  rule {
    description = "The rule that every policy needs"
    action      = "allow"
    priority    = 2147483647
    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
  }
}

resource "google_compute_backend_service" "site" {
  name                  = "genkan"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTPS"
  security_policy       = google_compute_security_policy.site.id
  session_affinity      = "NONE"
  compression_mode      = "DISABLED" # the site compresses by itself what may be compressed
  enable_cdn            = false
  backend {
    group = google_compute_region_network_endpoint_group.site.id
  }
  log_config {
    enable      = true
    sample_rate = 0.1 # the site logs what matters; these lines contain addresses of clients
  }
}

resource "google_certificate_manager_dns_authorization" "site" {
  name   = "genkan"
  domain = var.domain
}

resource "google_certificate_manager_certificate" "site" {
  name = "genkan"
  managed {
    domains            = [var.domain]
    dns_authorizations = [google_certificate_manager_dns_authorization.site.id]
  }
}

resource "google_certificate_manager_certificate_map" "site" {
  name = "genkan"
}

resource "google_certificate_manager_certificate_map_entry" "site" {
  name         = "genkan"
  map          = google_certificate_manager_certificate_map.site.name
  hostname     = var.domain
  certificates = [google_certificate_manager_certificate.site.id]
}

resource "google_compute_ssl_policy" "site" {
  name            = "genkan"
  profile         = "MODERN"
  min_tls_version = "TLS_1_2"
}

resource "google_compute_url_map" "site" {
  name            = "genkan"
  default_service = google_compute_backend_service.site.id
}

resource "google_compute_target_https_proxy" "site" {
  name            = "genkan"
  url_map         = google_compute_url_map.site.id
  certificate_map = "//certificatemanager.googleapis.com/${google_certificate_manager_certificate_map.site.id}"
  ssl_policy      = google_compute_ssl_policy.site.id
}

# Plain HTTP is only redirected.
resource "google_compute_url_map" "redirect" {
  name = "genkan-redirect"
  default_url_redirect {
    https_redirect         = true
    redirect_response_code = "PERMANENT_REDIRECT"
    strip_query            = false
  }
}

resource "google_compute_target_http_proxy" "redirect" {
  name    = "genkan-redirect"
  url_map = google_compute_url_map.redirect.id
}

resource "google_compute_global_forwarding_rule" "site" {
  for_each = {
    443 = google_compute_target_https_proxy.site.id
    80  = google_compute_target_http_proxy.redirect.id
  }
  name                  = "genkan-${each.key}"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.site.id
  port_range            = each.key
  target                = each.value
}
