-- The recruitment and employee side of OrangeHRM 4.10: names, types, keys and character sets as its tables have them.

CREATE TABLE hs_hr_employee (
  emp_number int(7) NOT NULL DEFAULT 0,
  employee_id varchar(50) DEFAULT NULL,
  emp_lastname varchar(100) NOT NULL DEFAULT '',
  emp_firstname varchar(100) NOT NULL DEFAULT '',
  emp_middle_name varchar(100) NOT NULL DEFAULT '',
  emp_nick_name varchar(100) DEFAULT '',
  emp_smoker smallint(6) DEFAULT 0,
  ethnic_race_code varchar(13) DEFAULT NULL,
  emp_birthday date DEFAULT NULL,
  nation_code int(4) DEFAULT NULL,
  emp_gender smallint(6) DEFAULT NULL,
  emp_marital_status varchar(20) DEFAULT NULL,
  emp_ssn_num varchar(100) CHARACTER SET latin1 DEFAULT '',
  emp_sin_num varchar(100) DEFAULT '',
  emp_other_id varchar(100) DEFAULT '',
  emp_dri_lice_num varchar(100) DEFAULT '',
  emp_military_service varchar(100) DEFAULT '',
  eeo_cat_code int(11) DEFAULT NULL,
  emp_street1 varchar(100) DEFAULT '',
  emp_street2 varchar(100) DEFAULT '',
  city_code varchar(100) DEFAULT '',
  emp_zipcode varchar(20) DEFAULT NULL,
  emp_hm_telephone varchar(50) DEFAULT NULL,
  emp_mobile varchar(50) DEFAULT NULL,
  emp_work_telephone varchar(50) DEFAULT NULL,
  emp_work_email varchar(50) DEFAULT NULL,
  emp_oth_email varchar(50) DEFAULT NULL,
  sal_grd_code varchar(13) DEFAULT NULL,
  termination_id int(4) DEFAULT NULL,
  purged_at datetime DEFAULT NULL,
  PRIMARY KEY (emp_number)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;

CREATE TABLE hs_hr_emp_work_experience (
  emp_number int(7) NOT NULL DEFAULT 0,
  eexp_seqno decimal(10,0) NOT NULL DEFAULT 0,
  eexp_employer varchar(100) DEFAULT NULL,
  eexp_jobtit varchar(120) DEFAULT NULL,
  eexp_from_date datetime DEFAULT NULL,
  eexp_to_date datetime DEFAULT NULL,
  eexp_comments varchar(200) DEFAULT NULL,
  eexp_internal int(1) DEFAULT NULL,
  PRIMARY KEY (emp_number, eexp_seqno),
  CONSTRAINT hs_hr_emp_work_experience_ibfk_1 FOREIGN KEY (emp_number) REFERENCES hs_hr_employee (emp_number)
    ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;

CREATE TABLE ohrm_job_title (
  id int(13) NOT NULL AUTO_INCREMENT,
  job_title varchar(100) NOT NULL,
  job_description varchar(400) DEFAULT NULL,
  note varchar(400) DEFAULT NULL,
  is_deleted tinyint(1) DEFAULT 0,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;

CREATE TABLE ohrm_job_vacancy (
  id int(13) NOT NULL,
  job_title_code int(4) NOT NULL,
  hiring_manager_id int(13) DEFAULT NULL,
  name varchar(100) NOT NULL,
  description text,
  no_of_positions int(13) DEFAULT NULL,
  status int(4) NOT NULL,
  published_in_feed tinyint(1) NOT NULL DEFAULT 0,
  defined_time datetime NOT NULL,
  updated_time datetime NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT ohrm_job_vacancy_ibfk_1 FOREIGN KEY (job_title_code) REFERENCES ohrm_job_title (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;

CREATE TABLE ohrm_job_candidate (
  id int(13) NOT NULL,
  first_name varchar(30) NOT NULL,
  middle_name varchar(30) DEFAULT NULL,
  last_name varchar(30) NOT NULL,
  email varchar(100) NOT NULL,
  contact_number varchar(30) DEFAULT NULL,
  status int(4) NOT NULL,
  comment text,
  mode_of_application int(4) NOT NULL,
  date_of_application date NOT NULL,
  cv_file_id int(13) DEFAULT NULL,
  cv_text_version text,
  keywords varchar(255) DEFAULT NULL,
  added_person int(13) DEFAULT NULL,
  consent_to_keep_data tinyint(1) NOT NULL DEFAULT 0,
  PRIMARY KEY (id),
  KEY added_person (added_person),
  CONSTRAINT ohrm_job_candidate_ibfk_1 FOREIGN KEY (added_person) REFERENCES hs_hr_employee (emp_number)
    ON DELETE SET NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;

CREATE TABLE ohrm_job_candidate_attachment (
  id int(13) NOT NULL AUTO_INCREMENT,
  candidate_id int(13) NOT NULL,
  file_name varchar(200) NOT NULL,
  file_type varchar(200) DEFAULT NULL,
  file_size int(11) NOT NULL,
  file_content mediumblob,
  attachment_type int(4) DEFAULT NULL,
  PRIMARY KEY (id),
  CONSTRAINT ohrm_job_candidate_attachment_ibfk_1 FOREIGN KEY (candidate_id) REFERENCES ohrm_job_candidate (id)
    ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;

CREATE TABLE ohrm_job_candidate_vacancy (
  id int(13) DEFAULT NULL,
  candidate_id int(13) NOT NULL,
  vacancy_id int(13) NOT NULL,
  status varchar(100) NOT NULL,
  applied_date date NOT NULL,
  PRIMARY KEY (candidate_id, vacancy_id),
  UNIQUE KEY id (id),
  CONSTRAINT ohrm_job_candidate_vacancy_ibfk_1 FOREIGN KEY (candidate_id) REFERENCES ohrm_job_candidate (id)
    ON DELETE CASCADE,
  CONSTRAINT ohrm_job_candidate_vacancy_ibfk_2 FOREIGN KEY (vacancy_id) REFERENCES ohrm_job_vacancy (id)
    ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;

CREATE TABLE ohrm_job_candidate_history (
  id int(13) NOT NULL AUTO_INCREMENT,
  candidate_id int(13) NOT NULL,
  vacancy_id int(13) DEFAULT NULL,
  candidate_vacancy_name varchar(255) DEFAULT NULL,
  interview_id int(13) DEFAULT NULL,
  action int(4) NOT NULL,
  performed_by int(13) DEFAULT NULL,
  performed_date datetime NOT NULL,
  note text,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;
