-- The recruitment side of frappe/hrms, with spaces in the names of its tables and text keys.

CREATE TABLE `tabJob Applicant` (
  name varchar(140) NOT NULL,
  creation datetime(6) DEFAULT NULL,
  modified datetime(6) DEFAULT NULL,
  modified_by varchar(140) DEFAULT NULL,
  owner varchar(140) DEFAULT NULL,
  docstatus tinyint(4) NOT NULL DEFAULT 0,
  idx int(11) NOT NULL DEFAULT 0,
  applicant_name varchar(140) DEFAULT NULL,
  email_id varchar(140) DEFAULT NULL,
  phone_number varchar(140) DEFAULT NULL,
  country varchar(140) DEFAULT NULL,
  job_title varchar(140) DEFAULT NULL,
  status varchar(140) DEFAULT NULL,
  cover_letter text DEFAULT NULL,
  resume_attachment text DEFAULT NULL,
  lower_range decimal(21,9) NOT NULL DEFAULT 0.000000000,
  upper_range decimal(21,9) NOT NULL DEFAULT 0.000000000,
  PRIMARY KEY (name),
  KEY modified (modified)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `tabJob Opening` (
  name varchar(140) NOT NULL,
  modified datetime(6) DEFAULT NULL,
  job_title varchar(140) DEFAULT NULL,
  company varchar(140) DEFAULT NULL,
  status varchar(140) DEFAULT NULL,
  description longtext DEFAULT NULL,
  lower_range decimal(21,9) NOT NULL DEFAULT 0.000000000,
  upper_range decimal(21,9) NOT NULL DEFAULT 0.000000000,
  PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE tabVersion (
  name varchar(140) NOT NULL,
  ref_doctype varchar(140) DEFAULT NULL,
  docname varchar(140) DEFAULT NULL,
  data longtext DEFAULT NULL,
  PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
