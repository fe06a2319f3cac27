-- The candidate side of OpenCATS 0.9: names, types, storage engine, character set and collations as its tables have
-- them. No transactions, no foreign keys, a tenant in each table, dates that mean "never".

CREATE TABLE site (
  site_id int(11) NOT NULL AUTO_INCREMENT,
  name varchar(255) COLLATE utf8mb3_unicode_ci NOT NULL DEFAULT '',
  unix_name varchar(128) COLLATE utf8mb3_unicode_ci,
  file_size_kb int(11) DEFAULT 0,
  date_created datetime NOT NULL DEFAULT '1000-01-01 00:00:00',
  PRIMARY KEY (site_id)
) ENGINE=MyISAM DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;

CREATE TABLE candidate (
  candidate_id int(11) NOT NULL AUTO_INCREMENT,
  site_id int(11) NOT NULL DEFAULT 0,
  last_name varchar(64) COLLATE utf8mb3_unicode_ci NOT NULL DEFAULT '',
  first_name varchar(64) COLLATE utf8mb3_unicode_ci NOT NULL DEFAULT '',
  middle_name varchar(32) COLLATE utf8mb3_unicode_ci,
  phone_home varchar(40) COLLATE utf8mb3_unicode_ci,
  phone_cell varchar(40) COLLATE utf8mb3_unicode_ci,
  phone_work varchar(40) COLLATE utf8mb3_unicode_ci,
  address text COLLATE utf8mb3_unicode_ci,
  city varchar(64) COLLATE utf8mb3_unicode_ci,
  state varchar(64) COLLATE utf8mb3_unicode_ci,
  zip varchar(16) COLLATE utf8mb3_unicode_ci,
  source varchar(128) COLLATE utf8mb3_unicode_ci,
  date_available datetime,
  can_relocate int(1) NOT NULL DEFAULT 0,
  notes text COLLATE utf8mb3_unicode_ci,
  key_skills text COLLATE utf8mb3_unicode_ci,
  current_employer varchar(128) COLLATE utf8mb3_unicode_ci,
  entered_by int(11) NOT NULL DEFAULT 0,
  owner int(11),
  date_created datetime NOT NULL DEFAULT '1000-01-01 00:00:00',
  date_modified datetime NOT NULL DEFAULT '1000-01-01 00:00:00',
  email1 varchar(128) COLLATE utf8mb3_unicode_ci,
  email2 varchar(128) COLLATE utf8mb3_unicode_ci,
  web_site varchar(128) COLLATE utf8mb3_unicode_ci,
  import_id int(11) NOT NULL DEFAULT 0,
  is_hot int(1) NOT NULL DEFAULT 0,
  eeo_ethnic_type_id int(11) DEFAULT 0,
  eeo_veteran_type_id int(11) DEFAULT 0,
  eeo_disability_status varchar(5) COLLATE utf8mb3_unicode_ci DEFAULT '',
  eeo_gender varchar(5) COLLATE utf8mb3_unicode_ci DEFAULT '',
  desired_pay varchar(64) COLLATE utf8mb3_unicode_ci,
  current_pay varchar(64) COLLATE utf8mb3_unicode_ci,
  is_active int(1) DEFAULT 1,
  is_admin_hidden int(1) DEFAULT 0,
  best_time_to_call varchar(255) COLLATE utf8mb3_unicode_ci NOT NULL DEFAULT '',
  PRIMARY KEY (candidate_id),
  KEY IDX_site_first_last_modified (site_id, first_name, last_name, date_modified)
) ENGINE=MyISAM DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_unicode_ci;

CREATE TABLE attachment (
  attachment_id int(11) NOT NULL AUTO_INCREMENT,
  data_item_id int(11) NOT NULL DEFAULT 0,
  data_item_type int(11) NOT NULL DEFAULT 0,
  site_id int(11) NOT NULL DEFAULT 0,
  title varchar(128) COLLATE utf8mb3_unicode_ci,
  original_filename varchar(255) COLLATE utf8mb3_unicode_ci NOT NULL DEFAULT '',
  stored_filename varchar(255) COLLATE utf8mb3_unicode_ci NOT NULL DEFAULT '',
  content_type varchar(255) COLLATE utf8mb3_unicode_ci,
  resume int(1) NOT NULL DEFAULT 0,
  text text COLLATE utf8mb3_unicode_ci,
  date_created datetime NOT NULL DEFAULT '1000-01-01 00:00:00',
  date_modified datetime NOT NULL DEFAULT '1000-01-01 00:00:00',
  profile_image int(1) DEFAULT 0,
  directory_name varchar(64) COLLATE utf8mb3_unicode_ci,
  md5_sum varchar(40) COLLATE utf8mb3_unicode_ci NOT NULL DEFAULT '',
  file_size_kb int(11) DEFAULT 0,
  md5_sum_text varchar(40) COLLATE utf8mb3_unicode_ci NOT NULL DEFAULT '',
  PRIMARY KEY (attachment_id),
  KEY IDX_type_id (data_item_type, data_item_id),
  KEY IDX_data_item_id (data_item_id)
) ENGINE=MyISAM DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_unicode_ci;

CREATE TABLE joborder (
  joborder_id int(11) NOT NULL AUTO_INCREMENT,
  recruiter int(11),
  company_id int(11) NOT NULL DEFAULT 0,
  entered_by int(11) NOT NULL DEFAULT 0,
  owner int(11),
  site_id int(11) NOT NULL DEFAULT 0,
  client_job_id varchar(32) COLLATE utf8mb3_unicode_ci,
  title varchar(64) COLLATE utf8mb3_unicode_ci NOT NULL DEFAULT '',
  description text COLLATE utf8mb3_unicode_ci,
  notes text COLLATE utf8mb3_unicode_ci,
  type varchar(64) COLLATE utf8mb3_unicode_ci NOT NULL DEFAULT 'C',
  duration varchar(64) COLLATE utf8mb3_unicode_ci,
  rate_max varchar(255) COLLATE utf8mb3_unicode_ci,
  salary varchar(64) COLLATE utf8mb3_unicode_ci,
  status varchar(16) COLLATE utf8mb3_unicode_ci NOT NULL DEFAULT 'Active',
  is_hot int(1) NOT NULL DEFAULT 0,
  openings int(11),
  city varchar(64) COLLATE utf8mb3_unicode_ci NOT NULL DEFAULT '',
  state varchar(64) COLLATE utf8mb3_unicode_ci NOT NULL DEFAULT '',
  start_date datetime,
  date_created datetime NOT NULL DEFAULT '1000-01-01 00:00:00',
  date_modified datetime NOT NULL DEFAULT '1000-01-01 00:00:00',
  public int(1) NOT NULL DEFAULT 0,
  is_admin_hidden int(1) DEFAULT 0,
  PRIMARY KEY (joborder_id),
  KEY IDX_site_id_status (site_id, status)
) ENGINE=MyISAM DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_unicode_ci;

CREATE TABLE candidate_joborder (
  candidate_joborder_id int(11) NOT NULL AUTO_INCREMENT,
  candidate_id int(11) NOT NULL DEFAULT 0,
  joborder_id int(11) NOT NULL DEFAULT 0,
  site_id int(11) NOT NULL DEFAULT 0,
  status int(11) NOT NULL DEFAULT 0,
  date_submitted datetime,
  date_created datetime NOT NULL DEFAULT '1000-01-01 00:00:00',
  date_modified datetime NOT NULL DEFAULT '1000-01-01 00:00:00',
  rating_value int(5),
  added_by int(11),
  PRIMARY KEY (candidate_joborder_id),
  KEY IDX_candidate_id (candidate_id)
) ENGINE=MyISAM DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_unicode_ci;

CREATE TABLE history (
  history_id int(11) NOT NULL AUTO_INCREMENT,
  data_item_type int(11) NOT NULL DEFAULT 0,
  data_item_id int(11) NOT NULL DEFAULT 0,
  the_field varchar(64) COLLATE utf8mb3_unicode_ci,
  previous_value text COLLATE utf8mb3_unicode_ci,
  new_value text COLLATE utf8mb3_unicode_ci,
  description varchar(192) COLLATE utf8mb3_unicode_ci,
  set_date datetime,
  entered_by int(11),
  site_id int(11),
  PRIMARY KEY (history_id)
) ENGINE=MyISAM DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_unicode_ci;

CREATE TABLE extra_field (
  extra_field_id int(11) NOT NULL AUTO_INCREMENT,
  data_item_id int(11) DEFAULT 0,
  field_name varchar(255) COLLATE utf8mb3_unicode_ci DEFAULT '',
  value text COLLATE utf8mb3_unicode_ci,
  import_id int(11) DEFAULT NULL,
  site_id int(11) DEFAULT 0,
  data_item_type int(11) DEFAULT 0,
  PRIMARY KEY (extra_field_id)
) ENGINE=MyISAM DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_unicode_ci;
